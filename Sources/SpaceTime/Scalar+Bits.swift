extension Scalar {
    /// The stored bits of the value in an element type, widened to 64; nil where the type cannot hold it.
    package func bits(as element: ElementType) -> UInt64? {
        switch (self, element) {
        case (.text, _): nil
        case (.integer(let value), .float32): UInt64(Float(value).bitPattern)
        case (.integer(let value), .float64): Double(value).bitPattern
        case (.real(let value), .float32): value.isNaN ? nil : UInt64(Float(value).bitPattern)
        case (.real(let value), .float64): value.isNaN ? nil : value.bitPattern
        case (.integer(let value), _): element.holds(value) ? UInt64(bitPattern: value) : nil
        case (.real(let value), _):
            Int64(exactly: value).flatMap { element.holds($0) ? UInt64(bitPattern: $0) : nil }
        }
    }
}

extension ElementType {
    fileprivate func holds(_ value: Int64) -> Bool {
        guard let range = integerRange else { return true }
        // The upper half of uint64 is written as the negative number with the same bits.
        if self == .uint64 { return true }
        return value >= range.least && (value < 0 || UInt64(value) <= range.largest)
    }
}
