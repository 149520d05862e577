package import SpaceTime

/// What a data set is; its canonical text's SHA-256 is the content digest.
///
/// Nothing in it depends on packing, machine, clock, paths or software.
package struct Identity: Hashable, Sendable, Codable {
    package enum Kind: String, Hashable, Sendable, Codable {
        case frames, importance, environments
    }

    /// One thing done to make it.
    package struct Step: Hashable, Sendable, Codable {
        package var name: String
        package var version: Int
        package var settings: [String: String]
        package var seed: Seed?

        package init(name: String, version: Int, settings: [String: String], seed: UInt64? = nil) {
            self.name = name
            self.version = version
            self.settings = settings
            self.seed = seed.map { Seed($0) }
        }
    }

    /// The sequences, which are listed in `sequences.jsonl`.
    package struct Table: Hashable, Sendable, Codable {
        package var count: Int
        package var frames: Int
        /// SHA-256 of the list.
        package var digest: Digest
    }

    package static let currentFormat = "stbank-identity-1"

    package var format = Identity.currentFormat
    package var kind: Kind
    package var fields: [Field]
    package var timeAxis: TimeAxis
    package var covariates: [Survey.Covariate]
    package var recipe: [Step]
    package var parents: [Digest]
    package var sequences: Table
}
