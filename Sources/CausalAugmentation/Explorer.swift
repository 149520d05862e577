/// Makes the values that replace a selected patch. A new way is one type in one file.
package protocol Explorer: Sendable {
    /// Decides of what each selected patch is made: a pure function of map and key.
    func choose(_ map: CausalMap, for draw: inout CopyDraw)

    /// Writes the values of all patches of `draws`, patch after patch, each channel, row, column in the field's element type.
    /// The same values whatever else is in `draws`, and on whatever thread.
    ///
    /// - Parameter values: of exactly as many patches.
    func fill(
        _ draws: [CopyDraw], of scene: Scene, into values: UnsafeMutableRawBufferPointer, _ scratch: MixingScratch
    ) throws

    /// Adds to a lineage what the patch was made of.
    func explain(_ draw: PatchDraw, key: CopyKey, of scene: Scene, in lineage: inout PatchLineage) throws

    /// What makes two copies with the same selected patches the same copy.
    func identity(_ draw: CopyDraw) -> [UInt64]
}

extension Explorer {
    package func identity(_ draw: CopyDraw) -> [UInt64] { [] }
}

/// One window as it is seen when its copies are made.
package struct Scene: Sendable {
    package let layout: PatchLayout
    package let window: FrameWindow
    package let map: CausalMap
    /// Where environment content of other windows comes from; only some explorers ask for it.
    package let donors: (any Donors)?

    /// - Throws: `.damaged` where the map is not one of the layout's grid and the window's length.
    package init(
        _ layout: PatchLayout, _ window: FrameWindow, _ map: CausalMap, donors: (any Donors)? = nil
    ) throws(AugmentationError) {
        guard map.grid == layout.grid, map.frames == 1 || map.frames == window.count else {
            throw AugmentationError(
                .damaged,
                "importance for \(map.frames) frames of \(map.grid.count) patches does not fit a window of \(window.count) "
                    + "frames of \(layout.grid.count) patches")
        }
        self.layout = layout
        self.window = window
        self.map = map
        self.donors = donors
    }
}

/// The training windows of the same plan that belong to other sequences than the window at hand.
package protocol Donors: Sendable {
    var count: Int { get }

    /// A name to be found again by, for lineage.
    func name(_ number: Int) -> String

    /// Lends a window and its map for the duration of the call.
    func withDonor<R>(_ number: Int, _ body: (FrameWindow, CausalMap) throws -> R) throws -> R
}
