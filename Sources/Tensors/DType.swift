internal import CTorch

/// The type of a tensor's elements; the raw value is PyTorch's name.
public enum DType: String, Hashable, Sendable, CaseIterable {
    case uint8, int8, int16, int32, int64, float16, float32, float64, bool, bfloat16

    /// The size of one element in bytes.
    public var byteCount: Int {
        switch self {
        case .uint8, .int8, .bool: 1
        case .int16, .float16, .bfloat16: 2
        case .int32, .float32: 4
        case .int64, .float64: 8
        }
    }

    public var isFloatingPoint: Bool {
        switch self {
        case .float16, .float32, .float64, .bfloat16: true
        default: false
        }
    }

    var code: ctorch_type {
        switch self {
        case .uint8: CTORCH_UINT8
        case .int8: CTORCH_INT8
        case .int16: CTORCH_INT16
        case .int32: CTORCH_INT32
        case .int64: CTORCH_INT64
        case .float16: CTORCH_FLOAT16
        case .float32: CTORCH_FLOAT32
        case .float64: CTORCH_FLOAT64
        case .bool: CTORCH_BOOL
        case .bfloat16: CTORCH_BFLOAT16
        }
    }

    private static let byCode = Dictionary(uniqueKeysWithValues: allCases.map { ($0.code.rawValue, $0) })

    init(_ code: ctorch_type) {
        guard let found = DType.byCode[code.rawValue] else {
            preconditionFailure("libtorch made a tensor of type \(code.rawValue), which this module never asks for")
        }
        self = found
    }
}

/// A Swift type whose values are elements of tensors.
public protocol TensorElement {
    static var dtype: DType { get }
}

extension UInt8: TensorElement { public static var dtype: DType { .uint8 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Double: TensorElement { public static var dtype: DType { .float64 } }
