internal import FoundationEssentials
package import SpaceTime

/// What `stbank-read formats` says of a format: for help texts, the schema of recipes and the check of `--set`.
package struct FormatDescription: Hashable, Sendable, Codable {
    package var format: String
    package var version: Int
    /// The format's own options, and those that all formats take.
    package var options: [ReaderOption]

    package init(format: String, version: Int, options: [ReaderOption]) {
        self.format = format
        self.version = version
        self.options = options
    }

    /// All formats that a reader program knows.
    package static func all(executable: String) throws -> [FormatDescription] {
        try JSONPayload.decode(try ReaderTask.run(executable: executable, ["formats"]))
    }
}
