internal import Tensors

extension Tensor {
    /// Zeroes elements in training and scales the rest up.
    func dropped(_ probability: Double, _ mode: Mode) throws(TensorError) -> Tensor {
        mode.drops && probability > 0 ? try dropout(probability) : self
    }

    /// Zeroes whole channels of (B, C, H, W) in training.
    func channelsDropped(_ probability: Double, _ mode: Mode) throws(TensorError) -> Tensor {
        mode.drops && probability > 0 ? try channelDropout(probability) : self
    }

    /// Drop-path: zeroes whole samples of a residual branch in training and scales the rest up.
    func pathDropped(_ probability: Double, _ mode: Mode) throws(TensorError) -> Tensor {
        guard mode.drops, probability > 0 else { return self }
        let shape = [extent(0)] + Array(repeating: 1, count: rank - 1)
        let draws = try Tensor.empty(shape, on: device)
        try draws.fillUniformly(0...1)
        let keeps = try draws.isAtLeast(probability).to(dtype)
        return try self * (keeps / (1 - probability))
    }
}

/// Rates that rise evenly from `first` to `last`, one a block, as `torch.linspace`.
func evenlySpaced(from first: Double = 0, to last: Double, count: Int) -> [Double] {
    (0..<count).map { count > 1 ? first + (last - first) * Double($0) / Double(count - 1) : first }
}
