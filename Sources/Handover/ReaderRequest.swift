package import SpaceTime

/// What a reader process is to read.
package struct ReaderRequest: Hashable, Sendable, Codable {
    package var format: String
    /// Values of `--set` that were checked against the format's options.
    package var settings: [String: String]
    package var location: Location

    package init(format: String, settings: [String: String] = [:], location: Location) {
        self.format = format
        self.settings = settings
        self.location = location
    }
}

/// The first message: the request and the limits that the process sets for itself before it looks at a file.
struct ReaderOpening: Codable {
    var request: ReaderRequest
    var limits: ReaderLimits
}
