package import SpaceTime

/// What a user asks an ingest for, besides the frames themselves.
package struct IngestRequest: Sendable {
    package enum Naming: Hashable, Sendable {
        /// The name must be new, or have this content already.
        case first
        /// Other content becomes the next MAJOR.
        case newVersion
        /// New sequences are added to the name's highest version, as the next MINOR.
        case extend
    }

    package var name: DatasetName
    /// The version the user wants; the next fitting one where nil.
    package var version: DatasetVersion?
    package var naming = Naming.first
    package var readerVersion: Int
    /// As given by `--set` and `--split`; part of the recipe.
    package var settings: [String: String]
    package var parts: [SplitPlan.Part]
    /// Hash sources anew whatever is remembered.
    package var rehash = false
    /// Store chunks of frames, shuffled and deflated.
    package var archive = false
    /// At most this many bytes of one field a piece, and about so many a shard; part of what a sequence's digest means.
    package var pieceBytes = ShardPlan.pieceBytes
    package var shardBytes = ShardPlan.shardBytes
    /// Where the data set is made from others.
    package var derivation: Derivation?
    /// Where the shards are not cut by size alone.
    package var plan: ShardPlan?
    package var command: [String]
    package var software: [String: String]

    package init(
        name: DatasetName, version: DatasetVersion? = nil, readerVersion: Int, settings: [String: String],
        parts: [SplitPlan.Part], command: [String] = [], software: [String: String] = [:]
    ) {
        self.name = name
        self.version = version
        self.readerVersion = readerVersion
        self.settings = settings
        self.parts = parts
        self.command = command
        self.software = software
    }
}

/// What an ingest tells while it runs.
package enum IngestEvent: Sendable {
    /// A line worth reading.
    case note(String)
    /// Frames received so far and in all, in bytes.
    case progress(done: Int, of: Int)
}

/// What came of an ingest.
package struct IngestOutcome: Hashable, Sendable {
    package var ref: DatasetRef
    /// The content was there before.
    package var wasKnown: Bool
    package var refused: [Survey.Skipped]
    package var tallies: [String: Int]
}
