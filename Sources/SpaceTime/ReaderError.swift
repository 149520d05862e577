/// Why a source could not be read: what is wrong, where, what to do.
public struct ReaderError: Error, Hashable, Sendable, Codable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable, Codable {
        /// The user asked for something that cannot be (exit 64).
        case usage
        /// The bytes are damaged, lie or are refused (exit 65).
        case damaged
        /// Nothing of this format is there (exit 65).
        case notFound
        /// The system refused: permission, disk, memory (exit 1).
        case system
    }

    public var code: Code
    /// What is wrong and what to do.
    public var message: String
    /// The file, and the place in it where known.
    public var path: String?

    public init(_ code: Code, _ message: String, path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    public var description: String { path.map { "\($0): \(message)" } ?? message }
}
