/// Why an operation on tensors could not be done: what is wrong, with which operands, what to do.
public struct TensorError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        /// The operands do not fit each other or the operation.
        case operands
        /// A device that is not there was asked for (exit 64).
        case device
        /// There is not enough memory for the result.
        case memory
        /// A file's bytes are damaged, lie or are refused (exit 65).
        case damaged
        /// The system refused: permission, disk full (exit 1).
        case system
    }

    public var code: Code
    public var message: String
    /// The operation that failed, in words; nil outside of operations.
    public var operation: String?
    /// What the operation was given: type and shape of each operand, such as `float32[2, 3]`.
    public var operands: [String] = []
    /// The file and the place in it, where known.
    public var path: String?

    public init(_ code: Code, _ message: String, path: String? = nil) {
        self.code = code
        self.message = message
        self.path = path
    }

    public var description: String {
        var text = path.map { "\($0): " } ?? ""
        if let operation {
            text += "\(operation)\(operands.isEmpty ? "" : " of \(operands.joined(separator: ", "))"): "
        }
        return text + message
    }
}
