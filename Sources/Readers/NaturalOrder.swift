/// Text order in which runs of digits compare as numbers: `frame_2` before `frame_10`.
package enum NaturalOrder {
    /// A strict total order: texts that differ only in leading zeros are ordered by their bytes.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        var left = left
        var right = right
        return left.withUTF8 { one in
            right.withUTF8 { other in
                let order = compare(one, other)
                return order == 0 ? one.lexicographicallyPrecedes(other) : order < 0
            }
        }
    }

    private static func compare(_ one: UnsafeBufferPointer<UInt8>, _ other: UnsafeBufferPointer<UInt8>) -> Int {
        var i = 0
        var j = 0
        while i < one.count, j < other.count {
            if isDigit(one[i]), isDigit(other[j]) {
                let left = digits(one, &i)
                let right = digits(other, &j)
                if left.count != right.count { return left.count < right.count ? -1 : 1 }
                for (a, b) in zip(left, right) where a != b { return a < b ? -1 : 1 }
            } else if one[i] != other[j] {
                return one[i] < other[j] ? -1 : 1
            } else {
                i += 1
                j += 1
            }
        }
        return (one.count - i) - (other.count - j)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    /// A run of digits without its leading zeros.
    private static func digits(
        _ text: UnsafeBufferPointer<UInt8>, _ position: inout Int
    ) -> Slice<UnsafeBufferPointer<UInt8>> {
        var start = position
        while position < text.count, isDigit(text[position]) { position += 1 }
        while start < position, text[start] == 0x30 { start += 1 }
        return text[start..<position]
    }
}
