/// Decides which environment patches a copy replaces. A new rule is one type in one file.
package protocol PatchSelection: Sendable {
    /// Adds the selected patches in ascending order of (frame, patch); a pure function of map and key.
    func select(_ map: CausalMap, frames: Int, into draw: inout CopyDraw)

    /// What decided about a patch.
    func reason(_ key: CopyKey, frames: Int, frame: Int, patch: Int) -> SelectionReason

    /// The expected number of replaced patches, given the sizes of the frames' environments; nil where no formula tells it.
    func expectedCount(environments: [Int]) -> Double?
}

/// Why a patch is replaced or not.
package struct SelectionReason: Hashable, Sendable {
    /// The probability that it is.
    package var rate: Double
    /// The number drawn, below `rate` where it is; nil where none is drawn.
    package var draw: Double?
    package var isSelected: Bool
}
