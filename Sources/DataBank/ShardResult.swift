internal import SpaceTime

/// What became of one shard: a line of a build's journal, from which a second start goes on.
struct ShardResult: Codable {
    struct FileResult: Codable {
        var file: Record.PayloadFile
        /// Histogram of the training frames in the file.
        var bins: [UInt64]
    }

    struct PieceResult: Codable {
        /// Position in the shard's pieces.
        var piece: Int
        /// One for each field.
        var content: [Digest]
        var xxh3: [String]
        var moments: [[Moments]]
        /// The piece's first frame in the files.
        var position: Int
        /// For each field the frames of the piece without a valid element: runs of first frame and count.
        var missing: [[[Int]]]
        var covariates: Digest?
    }

    struct Refusal: Codable {
        /// Position in the plan's parts.
        var part: Int
        var reason: String
    }

    var shard: Int
    var files: [FileResult]
    var pieces: [PieceResult]
    var refused: [Refusal]
    var tallies: [String: Int]
}
