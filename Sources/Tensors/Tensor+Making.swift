internal import CTorch

extension Tensor {
    /// Elements of any value, to be overwritten.
    public static func empty(_ shape: [Int], _ dtype: DType = .float32, on device: Device = .cpu) throws(TensorError)
        -> Tensor
    {
        try Library.make("empty") { out, fault in
            shape.withExtents { ctorch_empty($0, $1, dtype.code, device.code, out, fault) }
        }
    }

    public static func full(
        _ shape: [Int], _ value: Double, _ dtype: DType = .float32, on device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try Library.make("full") { out, fault in
            shape.withExtents { ctorch_full($0, $1, value, dtype.code, device.code, out, fault) }
        }
    }

    public static func zeros(_ shape: [Int], _ dtype: DType = .float32, on device: Device = .cpu) throws(TensorError)
        -> Tensor
    {
        try full(shape, 0, dtype, on: device)
    }

    /// 0, 1, …, count - 1.
    public static func counting(_ count: Int, _ dtype: DType = .int64, on device: Device = .cpu) throws(TensorError)
        -> Tensor
    {
        try Library.make("counting") { ctorch_arange(Int64(count), dtype.code, device.code, $0, $1) }
    }

    /// Copies values, the last axis fastest.
    public init<Element: TensorElement>(_ values: [Element], _ shape: [Int]) throws(TensorError) {
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for the shape \(shape)")
        self = try Tensor.empty(shape, Element.dtype)
        values.withUnsafeBytes { source in
            guard let from = source.baseAddress, let to = ctorch_data(pointer) else { return }
            to.copyMemory(from: from, byteCount: source.count)
        }
    }

    /// A tensor of the CPU whose bytes are written by `fill`, which gets exactly as many as there are.
    public init<Failure: Error>(
        _ shape: [Int], _ dtype: DType, filledBy fill: (UnsafeMutableRawBufferPointer) throws(Failure) -> Void
    ) throws {
        self = try Tensor.empty(shape, dtype)
        try fill(UnsafeMutableRawBufferPointer(start: ctorch_data(pointer), count: count * dtype.byteCount))
    }

    /// A tensor on memory that somebody else owns, without a copy: contiguous, of the CPU, kept alive through `owner`.
    ///
    /// Whoever writes there changes the tensor.
    public init(
        borrowing memory: UnsafeMutableRawBufferPointer, of owner: AnyObject, _ shape: [Int], _ dtype: DType
    ) throws(TensorError) {
        let needed = shape.reduce(dtype.byteCount, *)
        precondition(memory.count == needed, "\(memory.count) bytes for \(dtype)\(shape), which takes \(needed)")
        guard let base = memory.baseAddress else {
            self = try Tensor.empty(shape, dtype)
            return
        }
        let context = Unmanaged.passRetained(owner).toOpaque()
        let release: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
            if let context { Unmanaged<AnyObject>.fromOpaque(context).release() }
        }
        self = try Library.make("borrow") { out, fault in
            shape.withExtents { ctorch_borrow(base, $0, $1, dtype.code, release, context, out, fault) }
        }
    }
}

extension Tensor {
    /// All elements in the order of the axes, converted to `Element`.
    public func values<Element: TensorElement>(as type: Element.Type = Element.self) throws(TensorError) -> [Element] {
        let source = try to(Element.dtype).to(.cpu).contiguous()
        return source.readBytes { Array($0.bindMemory(to: Element.self)) }
    }

    /// Lets `body` read the elements' bytes where they lie; the tensor must be contiguous and of the CPU.
    public func readBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let bytes = count * dtype.byteCount
        let base = ctorch_data(pointer)
        precondition(base != nil || bytes == 0, "bytes of a tensor that is not contiguous or not of the CPU")
        defer { withExtendedLifetime(self) {} }
        return try body(UnsafeRawBufferPointer(start: base, count: bytes))
    }

    /// The only element.
    public func item() throws(TensorError) -> Double {
        var value = 0.0
        try Library.perform("item", [self]) { ctorch_item(pointer, &value, $0) }
        return value
    }
}
