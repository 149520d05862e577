internal import SpaceTime

/// Explorer `swap`: a selected patch receives environment content of another training window (METHOD.md 12.4).
package struct SwapExplorer: Explorer, Hashable {
    package init() {}

    package func choose(_ map: CausalMap, for draw: inout CopyDraw) {}

    package func fill(
        _ draws: [CopyDraw], of scene: Scene, into values: UnsafeMutableRawBufferPointer, _ scratch: MixingScratch
    ) throws {
        let size = scene.layout.patchByteCount
        var begin = 0
        for draw in draws where !draw.patches.isEmpty {
            let donors = try donors(of: scene)
            try donors.withDonor(number(draw.key, of: donors.count)) { window, map in
                try check(window, map, scene)
                for patch in draw.patches {
                    let room = UnsafeMutableRawBufferPointer(rebasing: values[begin..<(begin + size)])
                    let from = place(for: Int(patch.patch), draw.key, window, map)
                    scene.layout.take(from, from: window[Int(patch.frame)], into: room)
                    begin += size
                }
            }
        }
    }

    package func explain(_ draw: PatchDraw, key: CopyKey, of scene: Scene, in lineage: inout PatchLineage) throws {
        let donors = try donors(of: scene)
        let number = number(key, of: donors.count)
        let from = try donors.withDonor(number) { window, map in
            try check(window, map, scene)
            return place(for: Int(draw.patch), key, window, map)
        }
        lineage.donor = PatchLineage.Donor(number: number, name: donors.name(number), patch: from)
    }

    /// The draws of donor and places follow from the key alone, so a copy is another one wherever its draws differ.
    package func identity(_ draw: CopyDraw) -> [UInt64] { [draw.key.draws(.donor).uniform.bitPattern] }

    private func donors(of scene: Scene) throws(AugmentationError) -> any Donors {
        guard let donors = scene.donors, donors.count > 0 else {
            throw AugmentationError(
                .usage,
                "explorer swap needs training windows of other sequences, and there are none; use another explorer")
        }
        return donors
    }

    private func check(_ window: FrameWindow, _ map: CausalMap, _ scene: Scene) throws(AugmentationError) {
        guard window.count == scene.window.count, map.grid == scene.map.grid else {
            throw AugmentationError(.damaged, "a donor's window or patches have another shape than the window's own")
        }
    }

    private func number(_ key: CopyKey, of count: Int) -> Int {
        min(count - 1, Int(key.draws(.donor).adding(0).adding(0).adding(0).uniform * Double(count)))
    }

    /// Of the donor's environment in its last frame; the same for all frames of the copy.
    private func place(for patch: Int, _ key: CopyKey, _ window: FrameWindow, _ map: CausalMap) -> Int {
        let environment = map.environment(ofFrame: window.count - 1)
        let draw = key.draws(.donorPatch).adding(0).adding(patch).adding(0).uniform
        return environment[min(environment.count - 1, Int(draw * Double(environment.count)))]
    }
}
