internal import CTorch

/// Changes in place. They are not recorded for differentiation.
extension Tensor {
    /// Overwrites the elements; `source` may be of another type or device, and of a shape that expands to this one.
    public func copy(from source: Tensor) throws(TensorError) {
        try Library.perform("copy", [self, source]) { ctorch_copy_(pointer, source.pointer, $0) }
    }

    /// Adds `other` times `scale`.
    public func add(_ other: Tensor, scale: Double = 1) throws(TensorError) {
        try Library.perform("add in place", [self, other]) { ctorch_add_(pointer, other.pointer, scale, $0) }
    }

    public func fill(_ value: Double) throws(TensorError) {
        try Library.perform("fill", [self]) { ctorch_fill_(pointer, value, $0) }
    }

    /// Draws each element from the library's generator, uniformly in `range`.
    public func fillUniformly(_ range: ClosedRange<Double>) throws(TensorError) {
        try Library.perform("fill uniformly", [self]) {
            ctorch_uniform_(pointer, range.lowerBound, range.upperBound, $0)
        }
    }

    /// Draws each element from a normal distribution.
    public func fillNormally(mean: Double = 0, deviation: Double) throws(TensorError) {
        try Library.perform("fill normally", [self]) { ctorch_normal_(pointer, mean, deviation, $0) }
    }

    /// Draws as `torch.nn.init.trunc_normal_`: cut at the absolute values ±`cut`.
    public func fillTruncatedNormally(deviation: Double, cut: Double = 2) throws(TensorError) {
        try Library.perform("fill normally, truncated", [self]) {
            ctorch_truncated_normal_(pointer, deviation, -cut, cut, $0)
        }
    }
}
