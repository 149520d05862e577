internal import SpaceTime

/// A run of one sequence's frames of one field that lies in one payload file: a line of `pieces.jsonl`.
package struct Piece: Hashable, Sendable, Codable {
    /// Position in `sequences.jsonl`.
    package var sequence: Int
    /// Position in `Identity.fields`.
    package var field: Int
    /// The piece's first frame in the sequence.
    package var offset: Int
    package var frames: Int
    /// Position in `Record.payload`.
    package var file: Int
    /// The piece's first frame in the file.
    package var position: Int
    /// XXH3 of the piece's decoded bytes.
    package var xxh3: String
    /// One for each channel.
    package var moments: [Moments]
    /// Of replaced patches: how many windows they belong to.
    package var windows: Int?
}
