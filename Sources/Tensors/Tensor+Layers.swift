internal import CTorch

/// What layers are made of. `x` of pictures is (B, C, H, W) or (B, C, D, H, W).
extension Tensor {
    /// x Wᵀ + b over the last axis; `weight` is (out, in).
    public func linear(_ weight: Tensor, _ bias: Tensor? = nil) throws(TensorError) -> Tensor {
        try Library.make("linear", [self, weight] + (bias.map { [$0] } ?? [])) {
            ctorch_linear(pointer, weight.pointer, bias?.pointer, $0, $1)
        }
    }

    public func convolved(_ weight: Tensor, _ bias: Tensor? = nil, _ form: Convolution) throws(TensorError) -> Tensor {
        var form = form.form
        return try Library.make("convolution", [self, weight] + (bias.map { [$0] } ?? [])) {
            ctorch_convolve(pointer, weight.pointer, bias?.pointer, &form, $0, $1)
        }
    }

    /// Over the last axes, as many as `weight` has.
    public func layerNorm(_ weight: Tensor, _ bias: Tensor, epsilon: Double) throws(TensorError) -> Tensor {
        try Library.make("layer norm", [self, weight, bias]) {
            ctorch_layer_norm(pointer, weight.pointer, bias.pointer, epsilon, $0, $1)
        }
    }

    public func groupNorm(groups: Int, _ weight: Tensor, _ bias: Tensor, epsilon: Double) throws(TensorError) -> Tensor
    {
        try Library.make("group norm", [self, weight, bias]) {
            ctorch_group_norm(pointer, Int64(groups), weight.pointer, bias.pointer, epsilon, $0, $1)
        }
    }

    /// In training by the batch's own statistics, which also move the running ones.
    public func batchNorm(
        _ weight: Tensor, _ bias: Tensor, runningMean: Tensor, runningVariance: Tensor, isTraining: Bool,
        momentum: Double, epsilon: Double
    ) throws(TensorError) -> Tensor {
        try Library.make("batch norm", [self, weight, bias, runningMean, runningVariance]) {
            ctorch_batch_norm(
                pointer, weight.pointer, bias.pointer, runningMean.pointer, runningVariance.pointer, isTraining,
                momentum, epsilon, $0, $1)
        }
    }

    public func dropout(_ probability: Double) throws(TensorError) -> Tensor {
        try Library.make("dropout", [self]) { ctorch_dropout(pointer, probability, $0, $1) }
    }

    /// Drops whole channels, axes 0 and 1 together.
    public func channelDropout(_ probability: Double) throws(TensorError) -> Tensor {
        try Library.make("channel dropout", [self]) { ctorch_feature_dropout(pointer, probability, $0, $1) }
    }

    /// softmax(scale · q kᵀ + mask) v over the last two axes, without keeping the map. This is the query.
    ///
    /// - Parameter scale: 1 / √width where nil.
    public func attention(
        key: Tensor, value: Tensor, mask: Tensor? = nil, scale: Double? = nil, dropout: Double = 0
    ) throws(TensorError) -> Tensor {
        try Library.make("attention", [self, key, value]) {
            ctorch_attention(pointer, key.pointer, value.pointer, mask?.pointer, scale ?? 0, dropout, $0, $1)
        }
    }

    /// Resizes the last two or three axes; the source index is ⌊i · in / out⌋.
    public func upsampledNearest(to size: [Int]) throws(TensorError) -> Tensor {
        precondition((2...3).contains(size.count), "a picture of \(size.count) axes")
        return try Library.make("nearest upsampling", [self]) { out, fault in
            size.withExtents { ctorch_upsample_nearest(pointer, $0, $1, out, fault) }
        }
    }

    /// (B, C·f², H, W) to (B, C, H·f, W·f); the channel is the slowest part of C·f².
    public func pixelShuffled(_ factor: Int) throws(TensorError) -> Tensor {
        try Library.make("pixel shuffle", [self]) { ctorch_pixel_shuffle(pointer, Int64(factor), $0, $1) }
    }

    /// The inverse of `pixelShuffled`.
    public func pixelUnshuffled(_ factor: Int) throws(TensorError) -> Tensor {
        try Library.make("pixel unshuffle", [self]) { ctorch_pixel_unshuffle(pointer, Int64(factor), $0, $1) }
    }
}
