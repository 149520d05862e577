/// One patch that a copy replaces.
package struct PatchDraw: Hashable, Sendable {
    package var frame: Int32
    package var patch: Int32
    /// Of whom it is mixed; empty where the explorer does not mix neighbours.
    package var neighbours: Neighbours

    package init(frame: Int, patch: Int, neighbours: Neighbours = Neighbours()) {
        self.frame = Int32(frame)
        self.patch = Int32(patch)
        self.neighbours = neighbours
    }
}

/// All that was drawn for one copy: which patches are replaced, in ascending order of (frame, patch), and of what.
package struct CopyDraw: Hashable, Sendable {
    package var key: CopyKey
    package var patches: [PatchDraw]

    package init(key: CopyKey, patches: [PatchDraw] = []) {
        self.key = key
        self.patches = patches
    }

    /// Which patches of a frame are replaced, `L` bits: patch s is bit s % 8 of byte s / 8.
    package func selectionBits(ofFrame frame: Int, patches count: Int) -> [UInt8] {
        var bits = [UInt8](repeating: 0, count: (count + 7) / 8)
        for draw in patches where Int(draw.frame) == frame { bits[Int(draw.patch) / 8] |= 1 << UInt8(draw.patch % 8) }
        return bits
    }
}
