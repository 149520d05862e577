package import SpaceTime

/// Which frames go into which payload file: a function of the survey and its splits alone, so that a second start of a
/// killed build meets the same shards.
package struct ShardPlan: Hashable, Sendable {
    /// A run of a part's frames that lies in one shard.
    package struct Piece: Hashable, Sendable {
        package var part: Int
        /// Frames of the survey's sequence.
        package var frames: Range<Int>
        /// Of patches: how many windows they belong to.
        package var windows = 0

        package init(part: Int, frames: Range<Int>, windows: Int = 0) {
            self.part = part
            self.frames = frames
            self.windows = windows
        }
    }

    /// At most this many bytes of one field a piece.
    package static let pieceBytes = 1 << 30
    /// At most about this many bytes a shard, all fields together.
    package static let shardBytes = 2 << 30

    package let parts: [SplitPlan.Part]
    package let shards: [[Piece]]
    /// The number in the first shard's file names.
    package let firstNumber: Int
    /// Where patches take the place of frames.
    package let form: PatchForm?

    /// A plan that somebody else cut.
    package init(parts: [SplitPlan.Part], shards: [[Piece]], form: PatchForm?) {
        self.parts = parts
        self.shards = shards
        self.form = form
        firstNumber = 0
    }

    package init(
        parts: [SplitPlan.Part], fields: [Field], firstNumber: Int = 0, pieceBytes: Int = pieceBytes,
        shardBytes: Int = shardBytes
    ) {
        let largest = fields.map(\.frameByteCount).max() ?? 1
        let together = fields.reduce(0) { $0 + $1.frameByteCount }
        let framesPerPiece = max(1, pieceBytes / max(1, largest))
        var shards: [[Piece]] = []
        var filled = shardBytes
        for (number, part) in parts.enumerated() {
            for begin in stride(
                from: part.range.frames.lowerBound, to: part.range.frames.upperBound, by: framesPerPiece)
            {
                let frames = begin..<min(begin + framesPerPiece, part.range.frames.upperBound)
                let size = frames.count * together
                if filled + size > shardBytes {
                    shards.append([])
                    filled = 0
                }
                shards[shards.count - 1].append(Piece(part: number, frames: frames))
                filled += size
            }
        }
        self.parts = parts
        self.shards = shards
        self.firstNumber = firstNumber
        form = nil
    }
}
