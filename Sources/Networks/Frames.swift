public import Tensors

/// Frames (B, T, C, H, W) of which some values may be missing: a network sees 0 there, and no loss is taken.
public struct Frames {
    /// 0 where missing.
    public var values: Tensor
    /// 1 where a value is known and 0 where it is missing, in the same shape; nil where all are known.
    public var known: Tensor?

    public init(_ values: Tensor, known: Tensor? = nil) {
        self.values = values
        self.known = known
    }

    /// - Parameter values: NaN where missing.
    public init(missingAsNaN values: Tensor) throws(TensorError) {
        // A sum tells at the least cost; what else has no sum is found to be known everywhere.
        guard try values.sum().item().isNaN else {
            self.init(values)
            return
        }
        self.init(try values.withoutNaN(), known: try values.isNaN().not().to(values.dtype))
    }

    /// Both moved alike: `body` only changes shapes and places.
    public func moved(_ body: (Tensor) throws(TensorError) -> Tensor) throws(TensorError) -> Frames {
        guard let known else { return Frames(try body(values)) }
        return Frames(try body(values), known: try body(known))
    }

    /// One behind the other in time.
    func followed(by later: Frames) throws(TensorError) -> Frames {
        let all = try Tensor.concatenated([values, later.values], axis: 1)
        guard known != nil || later.known != nil else { return Frames(all) }
        return Frames(all, known: try .concatenated([mask(), later.mask()], axis: 1))
    }

    private func mask() throws(TensorError) -> Tensor {
        if let known { return known }
        return try .full(values.shape, 1, values.dtype, on: values.device)
    }

    /// The mean of what was made of each value, over the known ones; 0 where there is none.
    func mean(of x: Tensor) throws(TensorError) -> Tensor {
        guard let known else { return try x.mean() }
        return try (x * known).sum() / known.sum().clamped(to: 1...Double(Float.greatestFiniteMagnitude))
    }
}

extension Tensor {
    /// The mean squared difference over the values that are known.
    public func meanSquaredError(_ truth: Frames) throws(TensorError) -> Tensor {
        guard truth.known != nil else { return try meanSquaredError(truth.values) }
        return try truth.mean(of: (self - truth.values).squared())
    }
}
