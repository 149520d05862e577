internal import Tensors

/// A convolution over both frames of a window, whose result is stretched back to the window's size: (B, in, 2, h, w) to
/// (B, out, 1 or 2, h, w). MODELS 9; `tf_Conv3d` of OpenSTL modules/e3dlstm_modules.py.
///
/// The reference repeats the one frame that it makes; without a norm, which has numbers of its own for each of the two, it
/// is left to broadcasting. A kernel as deep as the window has no depth to move along: it is one over pictures of twice the
/// channels.
struct DepthConvolution {
    let weight: Tensor
    let form: Convolution
    let norm: LayerNorm?
    let size: [Int]

    init(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, _ form: RecurrentConfiguration) throws(TensorError) {
        let kernel = [2, 5, 5]
        let deep = try Convolve(
            scope["0"]["conv3d"], inputs, outputs, kernel: kernel, Convolution(rank: 3), hasBias: false)
        weight = deep.weight
        self.form = Convolution(stride: form.stride, padding: 2)
        norm = form.hasLayerNorm ? try LayerNorm(scope["1"], form.windowShape(outputs)) : nil
        size = [form.folded.height, form.folded.width]
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let sums = try x.flattened(1, 2).convolved(weight.flattened(1, 2), nil, form)
        let stretched = Array(sums.shape.suffix(2)) == size ? sums : try sums.upsampledNearest(to: size)
        let picture = try stretched.unsqueezed(2)
        return try norm.map { norm throws(TensorError) in try norm(picture.expanded([-1, -1, 2, -1, -1])) } ?? picture
    }
}

extension RecurrentConfiguration {
    /// (n, 2, h, w), the shape of a state of E3D-LSTM.
    func windowShape(_ channels: Int) -> [Int] { [channels, 2, folded.height, folded.width] }
}
