internal import Tensors

extension Tensor {
    /// Zeroes elements in training and scales the rest up.
    func dropped(_ probability: Double, _ mode: Mode) throws(TensorError) -> Tensor {
        mode.drops && probability > 0 ? try dropout(probability) : self
    }

    /// LeakyReLU, and in training whole channels of (B, C, H, W) zeroed and the others scaled up; over this tensor's memory.
    ///
    /// A factor of 0 or more may come before or after the LeakyReLU. Before it, one picture less is kept for the way back: the
    /// result, which the next layer keeps anyway, also says where the LeakyReLU bent.
    func activated(slope: Double, dropping probability: Double, _ mode: Mode) throws(TensorError) -> Tensor {
        let left = mode.drops && probability > 0 ? try channelDropoutOver(probability) : self
        return try left.leakyReluOver(slope: slope)
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
