internal import CTorch

/// An array on some device, which may take part in differentiation. Stays in the task that made it.
///
/// A value that refers to libtorch's storage: copies of the value are the same array, and so are views such as `reshaped`.
/// Operations make new tensors; the few that change one in place are in `Tensor+Change`.
public struct Tensor {
    let handle: TensorHandle

    init(_ handle: TensorHandle) { self.handle = handle }

    var pointer: ctorch_tensor { handle.pointer }

    /// Slowest axis first; empty for a single number.
    public var shape: [Int] { (0..<ctorch_rank(pointer)).map { Int(ctorch_extent(pointer, $0)) } }

    /// The number of axes.
    public var rank: Int { Int(ctorch_rank(pointer)) }

    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// The length of an axis; negative axes count from the end.
    public func extent(_ axis: Int) -> Int {
        let rank = self.rank
        precondition((-rank..<rank).contains(axis), "axis \(axis) of a tensor with \(rank) axes")
        return Int(ctorch_extent(pointer, Int32(axis < 0 ? axis + rank : axis)))
    }

    public var dtype: DType { DType(ctorch_type_of(pointer)) }

    public var device: Device { Device(ctorch_device_of(pointer)) }

    /// Whether the elements lie one behind the other in the order of the axes.
    public var isContiguous: Bool { ctorch_is_contiguous(pointer) }
}

extension Array where Element == Int {
    /// Gives libtorch the numbers as it wants them.
    func withExtents<Result>(_ body: (UnsafePointer<Int64>?, Int32) -> Result) -> Result {
        withUnsafeBytes { bytes in
            body(bytes.bindMemory(to: Int64.self).baseAddress, Int32(count))
        }
    }
}

extension Array where Element == Tensor {
    /// Gives libtorch the handles of all.
    func withHandles<Result>(_ body: (UnsafePointer<ctorch_tensor?>?, Int32) -> Result) -> Result {
        let handles: [ctorch_tensor?] = map(\.pointer)
        return withExtendedLifetime(self) { handles.withUnsafeBufferPointer { body($0.baseAddress, Int32(count)) } }
    }
}
