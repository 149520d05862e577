/// 64 bits that random numbers follow from.
///
/// In JSON a number, from 2⁶³ on the text of its digits: canonical text knows whole numbers up to there, and a seed is exact or
/// worth nothing.
package struct Seed: Hashable, Sendable, Codable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int64.self), number >= 0 {
            value = UInt64(number)
        } else if let number = UInt64(try container.decode(String.self)) {
            value = number
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a seed has 64 bits")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let number = Int64(exactly: value) {
            try container.encode(number)
        } else {
            try container.encode(String(value))
        }
    }

    package var description: String { String(value) }
}
