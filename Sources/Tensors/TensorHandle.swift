internal import CTorch
internal import Glibc

/// Owns one handle of libtorch.
final class TensorHandle {
    let pointer: ctorch_tensor

    init(_ pointer: ctorch_tensor) { self.pointer = pointer }

    deinit { ctorch_free(pointer) }
}

/// The one place where a status of libtorch becomes an error.
enum Library {
    typealias Fault = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
    typealias Out = UnsafeMutablePointer<ctorch_tensor?>

    /// Does a call that makes nothing.
    static func perform(
        _ operation: StaticString, _ operands: @autoclosure () -> [Tensor] = [], _ call: (Fault) -> Int32
    ) throws(TensorError) {
        var fault: UnsafeMutablePointer<CChar>?
        let status = call(&fault)
        if status != 0 { throw error(status, fault, operation, operands()) }
    }

    /// Does a call that makes one tensor.
    static func make(
        _ operation: StaticString, _ operands: @autoclosure () -> [Tensor] = [], _ call: (Out, Fault) -> Int32
    ) throws(TensorError) -> Tensor {
        var out: ctorch_tensor?
        var fault: UnsafeMutablePointer<CChar>?
        let status = call(&out, &fault)
        guard status == 0, let out else { throw error(status, fault, operation, operands()) }
        return Tensor(TensorHandle(out))
    }

    private static let remedy = "; take a smaller batch, a smaller model or --bfloat16"

    /// The way round: an error as a status and a message, for a call that libtorch makes.
    static func report(_ error: TensorError, to fault: Fault?) -> Int32 {
        var words = error.description
        if words.hasSuffix(remedy) { words.removeLast(remedy.count) }
        fault?.pointee = strdup(words)
        return Int32(error.code == .memory ? CTORCH_OUT_OF_MEMORY.rawValue : CTORCH_FAULT.rawValue)
    }

    private static func error(
        _ status: Int32, _ fault: UnsafeMutablePointer<CChar>?, _ operation: StaticString, _ operands: [Tensor]
    ) -> TensorError {
        defer { ctorch_free_text(fault) }
        let isMemory = status == Int32(CTORCH_OUT_OF_MEMORY.rawValue)
        let words = fault.map { String(cString: $0) } ?? "libtorch gave no reason"
        var error = TensorError(
            isMemory ? .memory : .operands,
            isMemory ? words + remedy : words)
        error.operation = "\(operation)"
        error.operands = operands.map { "\($0.dtype)\($0.shape)" }
        return error
    }
}
