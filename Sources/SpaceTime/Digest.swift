/// A SHA-256: 32 bytes, written as 64 lower-case hexadecimal digits.
public struct Digest: Hashable, Sendable, Codable, Comparable, LosslessStringConvertible {
    public let description: String

    public init?(_ text: String) {
        let isHex = { (byte: UInt8) in (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
        guard text.utf8.count == 64, text.utf8.allSatisfy(isHex) else { return nil }
        description = text
    }

    public init(bytes: some Collection<UInt8>) {
        precondition(bytes.count == 32, "a SHA-256 has 32 bytes")
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        description = String(decoding: text, as: UTF8.self)
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let digest = Digest(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "`\(text)` is no SHA-256")
        }
        self = digest
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    /// The first seven digits, as people say it.
    public var short: String { String(description.prefix(7)) }

    public static func < (left: Digest, right: Digest) -> Bool { left.description < right.description }
}
