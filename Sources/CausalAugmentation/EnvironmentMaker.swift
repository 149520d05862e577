internal import SpaceTime

/// Makes the copies of a window: which patches are replaced, by what, and why.
///
/// A copy follows from (seed, sample, copy) and the window alone: not from the other copies, the order of windows or threads. With
/// `dedupe` it follows from the earlier copies' draws too.
package struct EnvironmentMaker: Sendable {
    package let seed: UInt64
    /// N.
    package let copies: Int
    package let selection: any PatchSelection
    package let explorer: any Explorer
    /// Whether a copy that equals an earlier one is drawn anew, at most ten times (METHOD.md 4.3).
    package let dedupe: Bool

    /// - Throws: `.usage` where the number of copies is negative.
    package init(
        seed: UInt64, copies: Int = 3, selection: any PatchSelection, explorer: any Explorer, dedupe: Bool = false
    ) throws(AugmentationError) {
        guard (0..<(1 << 16)).contains(copies) else {
            throw AugmentationError(.usage, "\(copies) copies: give a number from 0 to 65535")
        }
        self.seed = seed
        self.copies = copies
        self.selection = selection
        self.explorer = explorer
        self.dedupe = dedupe
    }

    /// The draws of all copies, 1…N.
    package func draws(_ map: CausalMap, frames: Int, sample: UInt64) -> [CopyDraw] {
        guard dedupe else {
            return (0..<copies).map { draw(map, frames, CopyKey(seed: seed, sample: sample, copy: $0 + 1)) }
        }
        var draws: [CopyDraw] = []
        var seen: Set<[UInt64]> = []
        for copy in 1..<(copies + 1) {
            var next = draw(map, frames, CopyKey(seed: seed, sample: sample, copy: copy))
            while seen.contains(identity(next)), next.key.attempt < 10 {
                next = draw(
                    map, frames, CopyKey(seed: seed, sample: sample, copy: copy, attempt: next.key.attempt + 1))
            }
            seen.insert(identity(next))
            draws.append(next)
        }
        return draws
    }

    private func draw(_ map: CausalMap, _ frames: Int, _ key: CopyKey) -> CopyDraw {
        var draw = CopyDraw(key: key)
        selection.select(map, frames: frames, into: &draw)
        explorer.choose(map, for: &draw)
        return draw
    }

    private func identity(_ draw: CopyDraw) -> [UInt64] {
        draw.patches.map { UInt64(UInt32(bitPattern: $0.frame)) << 32 | UInt64(UInt32(bitPattern: $0.patch)) }
            + explorer.identity(draw)
    }

    /// The values of some copies' patches, one behind the other.
    package func values(_ draws: [CopyDraw], of scene: Scene, _ scratch: MixingScratch) throws -> [UInt8] {
        let count = draws.reduce(0) { $0 + $1.patches.count } * scene.layout.patchByteCount
        return try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            try explorer.fill(draws, of: scene, into: UnsafeMutableRawBufferPointer(buffer), scratch)
            filled = count
        }
    }

    /// All copies of a window.
    package func copies(of scene: Scene, sample: UInt64, _ scratch: MixingScratch) throws -> [EnvironmentCopy] {
        let draws = draws(scene.map, frames: scene.window.count, sample: sample)
        let values = try values(draws, of: scene, scratch)
        var begin = 0
        return draws.map { draw in
            let end = begin + draw.patches.count * scene.layout.patchByteCount
            defer { begin = end }
            return EnvironmentCopy(draw: draw, values: values[begin..<end])
        }
    }

    /// Why each patch of a copy has its values, in the order of the draw.
    ///
    /// - Parameter draw: one of `draws(_:frames:sample:)`.
    package func lineage(of draw: CopyDraw, in scene: Scene) throws -> [PatchLineage] {
        try draw.patches.map { patch in
            let (frame, number) = (Int(patch.frame), Int(patch.patch))
            let reason = selection.reason(draw.key, frames: scene.window.count, frame: frame, patch: number)
            var lineage = PatchLineage(key: draw.key, frame: frame, patch: number, selection: reason)
            try explorer.explain(patch, key: draw.key, of: scene, in: &lineage)
            return lineage
        }
    }
}

/// One copy of a window: what differs from the original.
package struct EnvironmentCopy: Hashable, Sendable {
    package let draw: CopyDraw
    /// Patch after patch as in `draw`, each channel, row, column in the field's element type.
    package let values: ArraySlice<UInt8>

    package init(draw: CopyDraw, values: ArraySlice<UInt8>) {
        self.draw = draw
        self.values = values
    }

    /// Puts the replaced patches into a copy of the original frames, one behind the other.
    package func paste(_ layout: PatchLayout, into frames: UnsafeMutableRawBufferPointer) {
        guard let start = frames.baseAddress else { return }
        values.withUnsafeBytes { values in
            for (index, patch) in draw.patches.enumerated() {
                let size = layout.patchByteCount
                let own = UnsafeRawBufferPointer(rebasing: values[(index * size)..<((index + 1) * size)])
                let frame = Int(patch.frame) * layout.field.frameByteCount
                precondition(frame + layout.field.frameByteCount <= frames.count, "frames of the whole window")
                layout.paste(own, at: Int(patch.patch), into: start + frame)
            }
        }
    }
}
