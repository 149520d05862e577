package import SpaceTime

/// Which frames go into which payload file: a function of the survey and its splits alone, so that a second start of a
/// killed build meets the same shards.
package struct ShardPlan: Hashable, Sendable {
    /// A sequence of the data set, cut from one of the survey's at split borders.
    package struct Part: Hashable, Sendable {
        /// Position in the survey's sequences.
        package var source: Int
        /// Frames of the survey's sequence.
        package var frames: Range<Int>
        package var split: Split
        package var id: String

        package init(source: Int, frames: Range<Int>, split: Split, id: String) {
            self.source = source
            self.frames = frames
            self.split = split
            self.id = id
        }
    }

    /// A run of a part's frames that lies in one shard.
    package struct Piece: Hashable, Sendable {
        package var part: Int
        /// Frames of the survey's sequence.
        package var frames: Range<Int>
    }

    /// At most this many bytes of one field a piece.
    static let pieceBytes = 1 << 30
    /// At most about this many bytes a shard, all fields together.
    static let shardBytes = 2 << 30

    package let parts: [Part]
    package let shards: [[Piece]]
    /// The number in the first shard's file names.
    package let firstNumber: Int

    package init(
        parts: [Part], fields: [Field], firstNumber: Int = 0, pieceBytes: Int = pieceBytes, shardBytes: Int = shardBytes
    ) {
        let largest = fields.map(\.frameByteCount).max() ?? 1
        let together = fields.reduce(0) { $0 + $1.frameByteCount }
        let framesPerPiece = max(1, pieceBytes / max(1, largest))
        var shards: [[Piece]] = []
        var filled = shardBytes
        for (number, part) in parts.enumerated() {
            for begin in stride(from: part.frames.lowerBound, to: part.frames.upperBound, by: framesPerPiece) {
                let frames = begin..<min(begin + framesPerPiece, part.frames.upperBound)
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
    }
}
