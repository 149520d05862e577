/// Why something could not be written for other programs.
package struct ExchangeError: Error, Hashable, Sendable, CustomStringConvertible {
    package var message: String
    package var path: String

    package init(_ message: String, path: String) {
        self.message = message
        self.path = path
    }

    package var description: String { "\(path): \(message)" }
}
