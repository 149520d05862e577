internal import Tensors

/// A convolution without bias that makes the sums of several gates, and a norm over (channels, h, w) where wanted.
struct GateConvolution {
    let convolve: Convolve
    let norm: LayerNorm?

    init(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, _ form: RecurrentConfiguration) throws(TensorError) {
        convolve = try Convolve(
            scope["0"], inputs, outputs, side: form.filterSize, padding: form.filterSize / 2, hasBias: false)
        let shape = [outputs, form.folded.height, form.folded.width]
        norm = form.hasLayerNorm ? try LayerNorm(scope["1"], shape) : nil
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let sums = try convolve(x)
        return try norm?(sums) ?? sums
    }
}
