internal import CTorch

extension Tensor {
    public var requiresGradient: Bool { ctorch_requires_gradient(pointer) }

    /// Makes a leaf take part in differentiation, or not.
    public func setRequiresGradient(_ required: Bool) throws(TensorError) {
        try Library.perform("require gradients", [self]) { ctorch_set_requires_gradient(pointer, required, $0) }
    }

    /// Adds the gradients of this single number to `gradient` of every leaf it was made from.
    public func backward() throws(TensorError) {
        try Library.perform("backward", [self]) { ctorch_backward(pointer, $0) }
    }

    /// What `backward` left; nil where this tensor had no part.
    public var gradient: Tensor? {
        get throws(TensorError) {
            var out: ctorch_tensor?
            try Library.perform("gradient", [self]) { ctorch_gradient_of(pointer, &out, $0) }
            return out.map { Tensor(TensorHandle($0)) }
        }
    }

    /// The gradients of this tensor with respect to others; nil where one had no part. No leaf's `gradient` changes.
    ///
    /// - Parameters:
    ///   - weight: of this tensor's shape; its product with this tensor is what is differentiated. May be nil for a number.
    ///   - keepGraph: whether gradients may be asked for again.
    public func gradients(
        of inputs: [Tensor], weight: Tensor? = nil, keepGraph: Bool = false
    ) throws(TensorError) -> [Tensor?] {
        var found = [ctorch_tensor?](repeating: nil, count: inputs.count)
        try Library.perform("gradients", [self] + inputs) { fault in
            inputs.withHandles { handles, count in
                ctorch_gradients(pointer, weight?.pointer, handles, count, keepGraph, &found, fault)
            }
        }
        return found.map { $0.map { Tensor(TensorHandle($0)) } }
    }

    /// The same numbers, cut off from what made them.
    public func detached() throws(TensorError) -> Tensor {
        try Library.make("detach", [self]) { ctorch_detach(pointer, $0, $1) }
    }
}

/// Forgets the gradients of all; the next `backward` begins anew.
public func clearGradients(_ tensors: [Tensor]) throws(TensorError) {
    try Library.perform("clear gradients") { fault in
        tensors.withHandles { ctorch_clear_gradients($0, $1, fault) }
    }
}

/// Runs `body` without recording operations. The setting belongs to the thread, so `body` cannot suspend.
public func withoutGradients<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
    let before = ctorch_set_gradients_enabled(false)
    defer { _ = ctorch_set_gradients_enabled(before) }
    return try body()
}

/// Runs `body` with matrix products and convolutions in bfloat16, everything else as it is (PyTorch's autocast). The
/// setting belongs to the thread, so `body` cannot suspend.
public func withBFloat16<Result>(on device: Device, _ body: () throws(TensorError) -> Result) throws(TensorError)
    -> Result
{
    var before = false
    try Library.perform("autocast") { ctorch_set_autocast(device.code, true, CTORCH_BFLOAT16, &before, $0) }
    defer {
        var ignored = false
        _ = ctorch_set_autocast(device.code, before, CTORCH_BFLOAT16, &ignored, nil)
    }
    return try body()
}
