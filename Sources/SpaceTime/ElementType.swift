/// The type of one stored number; the raw value is the name NumPy uses.
public enum ElementType: String, Hashable, Sendable, Codable, CaseIterable {
    case int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .int8, .uint8: 1
        case .int16, .uint16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }

    public var isFloatingPoint: Bool { self == .float32 || self == .float64 }

    /// The least and largest value of an integer type; nil for floating point.
    public var integerRange: (least: Int64, largest: UInt64)? {
        switch self {
        case .int8: (Int64(Int8.min), UInt64(Int8.max))
        case .uint8: (0, UInt64(UInt8.max))
        case .int16: (Int64(Int16.min), UInt64(Int16.max))
        case .uint16: (0, UInt64(UInt16.max))
        case .int32: (Int64(Int32.min), UInt64(Int32.max))
        case .uint32: (0, UInt64(UInt32.max))
        case .int64: (Int64.min, UInt64(Int64.max))
        case .uint64: (0, UInt64.max)
        case .float32, .float64: nil
        }
    }
}
