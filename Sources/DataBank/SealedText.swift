internal import SpaceTime

/// One line of canonical JSON whose last member is the SHA-256 of the text without it.
enum SealedText {
    /// What stands behind a body without its closing brace.
    private static func tail(of body: String) -> String { ",\"~checksum\":\"\(SHA256.digest(of: body))\"}\n" }

    static func seal(_ body: String) -> String { body.dropLast() + tail(of: body) }

    /// The body of a sealed text.
    ///
    /// - Parameter name: what it is, for the error.
    static func open(_ text: String, name: String, path: String) throws(BankError) -> String {
        let tailCount = tail(of: "").utf8.count
        guard text.utf8.count > tailCount else { throw BankError(.damaged, "\(name) is cut off", path: path) }
        let body = String(decoding: text.utf8.dropLast(tailCount), as: UTF8.self) + "}"
        guard text.utf8.suffix(tailCount).elementsEqual(tail(of: body).utf8) else {
            throw BankError(.damaged, "\(name) does not agree with its checksum", path: path)
        }
        return body
    }
}
