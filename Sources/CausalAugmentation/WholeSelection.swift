/// Selection `all`: every environment patch of every frame (METHOD.md 12.5).
package struct WholeSelection: PatchSelection, Hashable {
    package init() {}

    package func select(_ map: CausalMap, frames: Int, into draw: inout CopyDraw) {
        for frame in 0..<frames {
            for patch in map.environment(ofFrame: frame) { draw.patches.append(PatchDraw(frame: frame, patch: patch)) }
        }
    }

    package func reason(_ key: CopyKey, frames: Int, frame: Int, patch: Int) -> SelectionReason {
        SelectionReason(rate: 1, draw: nil, isSelected: true)
    }

    package func expectedCount(environments: [Int]) -> Double? { Double(environments.reduce(0, +)) }
}
