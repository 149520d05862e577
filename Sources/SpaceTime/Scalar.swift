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
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .real(value)
        } else {
            let text = try container.decode(String.self)
            guard text.hasPrefix("@") else {
                self = .text(text)
                return
            }
            let rest = text.dropFirst()
            self = rest.hasPrefix("@") ? .text(String(rest)) : Double(rest).map { .real($0) } ?? .text(text)
        }
    }

    /// Set in an encoder's `userInfo`, it keeps whole reals apart from integers: they are written `"@3.0"`.
    package static let exactReals = CodingUserInfoKey(rawValue: "stbank.exactReals")

    /// JSON knows no NaN or infinity: they are written `"@nan"`, `"@inf"`, `"@-inf"`, and a text's own leading `@` is doubled.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .integer(let value): try container.encode(value)
        case .real(let value) where value.isNaN: try container.encode("@nan")
        case .real(let value) where value.isInfinite: try container.encode(value > 0 ? "@inf" : "@-inf")
        case .real(let value) where value == value.rounded() && Self.isExact(encoder):
            try container.encode("@\(value)")
        case .real(let value): try container.encode(value)
        case .text(let value): try container.encode(value.hasPrefix("@") ? "@" + value : value)
        }
    }

    private static func isExact(_ encoder: any Encoder) -> Bool {
        exactReals.map { encoder.userInfo[$0] != nil } ?? false
    }
}
