/// Why the bank could not do what it was asked: what is wrong, where, what to do.
public struct BankError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The caller asked for something that cannot be (exit 64).
        case usage
        /// There is no such data set or bank (exit 64).
        case notFound
        /// Stored bytes are not what they were (exit 65).
        case damaged
        /// The raw files changed while they were read (exit 65).
        case sourceChanged
        /// Another process holds it (exit 75).
        case busy
        /// The system refused: permission, disk full (exit 1).
        case system
    }

    public var code: Code
    public var message: String
    public var path: String?

    public init(_ code: Code, _ message: String, path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    public var description: String { path.map { "\($0): \(message)" } ?? message }
}
