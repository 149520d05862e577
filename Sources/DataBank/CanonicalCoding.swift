internal import FoundationEssentials
package import SpaceTime

/// Between our values and canonical JSON with `snake_case` names.
package enum CanonicalCoding {
    package static func text(of value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let data = try encoder.encode(value)
        return try data.withUnsafeBytes { bytes in
            var scanner = JSONScanner(bytes)
            return try scanner.readValue().canonicalText
        }
    }

    package static func value<Value: Decodable>(_ type: Value.Type, from text: some StringProtocol) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(type, from: Data(text.utf8))
    }

    /// JSON of any form, keys as they stand; nil where it is none.
    package static func json(_ text: String) -> JSONValue? {
        try? JSONDecoder().decode(JSONValue.self, from: Data(text.utf8))
    }

    /// One canonical object a line.
    package static func lines(of values: some Sequence<some Encodable>) throws -> String {
        var text = ""
        for value in values { text += try self.text(of: value) + "\n" }
        return text
    }

    /// The values of a text of lines; a `BankError` names the first bad line.
    package static func values<Value: Decodable>(_ type: Value.Type, fromLinesOf text: String, path: String)
        throws(BankError) -> [Value]
    {
        var result: [Value] = []
        for (number, line) in text.split(separator: "\n").enumerated() {
            do {
                result.append(try value(type, from: line))
            } catch {
                throw BankError(.damaged, "line \(number + 1) is damaged", path: path)
            }
        }
        return result
    }
}
