/// One number or text of metadata, kept exactly as the source has it.
public enum Scalar: Hashable, Sendable {
    case integer(Int64)
    case real(Double)
    case text(String)

    /// The number as a double; nil for text.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .real(let value): value
        case .text: nil
        }
    }
}

extension Scalar: Codable {
    /// Set in the `userInfo` of an encoder and a decoder, each scalar is a text with a letter for its case in front:
    /// whole reals stay reals, and reading many is quick.
    package static let tagged = CodingUserInfoKey(rawValue: "stbank.taggedScalars")

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if Self.isTagged(decoder.userInfo) {
            self = try Self.untagged(try container.decode(String.self), in: container)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .real(value)
        } else {
            let text = try container.decode(String.self)
            switch text {
            case "@nan": self = .real(.nan)
            case "@inf": self = .real(.infinity)
            case "@-inf": self = .real(-.infinity)
            default: self = .text(text.hasPrefix("@@") ? String(text.dropFirst()) : text)
            }
        }
    }

    /// JSON knows no NaN or infinity: they are written `"@nan"`, `"@inf"`, `"@-inf"`, and a text's own leading `@` is doubled.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if Self.isTagged(encoder.userInfo) { return try container.encode(taggedText) }
        switch self {
        case .integer(let value): try container.encode(value)
        case .real(let value) where value.isNaN: try container.encode("@nan")
        case .real(let value) where value.isInfinite: try container.encode(value > 0 ? "@inf" : "@-inf")
        case .real(let value): try container.encode(value)
        case .text(let value): try container.encode(value.hasPrefix("@") ? "@" + value : value)
        }
    }

    private static func isTagged(_ userInfo: [CodingUserInfoKey: Any]) -> Bool {
        tagged.map { userInfo[$0] != nil } ?? false
    }

    private var taggedText: String {
        switch self {
        case .integer(let value): "i\(value)"
        case .real(let value): "r\(value)"
        case .text(let value): "t\(value)"
        }
    }

    private static func untagged(_ text: String, in container: any SingleValueDecodingContainer) throws -> Scalar {
        let rest = text.dropFirst()
        switch text.utf8.first {
        case UInt8(ascii: "t"): return .text(String(rest))
        case UInt8(ascii: "i"): if let value = Int64(rest) { return .integer(value) }
        case UInt8(ascii: "r"): if let value = Double(rest) { return .real(value) }
        default: break
        }
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "no tagged scalar")
    }
}
