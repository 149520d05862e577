internal import Tensors

/// Hides a share of each sample's tokens in training behind one learned token. METHOD 1.5.
struct TokenMasking {
    let token: Tensor
    let ratio: Double

    init(_ scope: Parameters.Scope, width: Int, ratio: Double) throws(TensorError) {
        token = try scope.parameter("mask_token", [width], .truncatedNormal(0.02))
        self.ratio = ratio
    }

    /// (B, …, D) to the same; which tokens are hidden is drawn anew each time.
    func callAsFunction(_ tokens: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        guard mode.drops else { return tokens }
        let places = Array(tokens.shape.dropLast())
        let draws = try Tensor.empty([places[0], places.dropFirst().reduce(1, *)], on: tokens.device)
        try draws.fillUniformly(0...1)
        let hidden = (ratio * Double(draws.extent(1))).rounded()
        let isHidden = try draws.argsort(axis: 1).argsort(axis: 1).isLess(than: hidden)
        return try token.kept(where: isHidden.reshaped(places + [1]), else: tokens)
    }
}
