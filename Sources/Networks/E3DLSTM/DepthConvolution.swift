internal import Tensors

/// A convolution over both frames of a window, whose result is stretched back to the window's size: (B, in, 2, h, w) to
/// (B, out, 1 or 2, h, w). MODELS 9; `tf_Conv3d` of OpenSTL modules/e3dlstm_modules.py.
///
/// The reference repeats the one frame that it makes; without a norm, which has numbers of its own for each of the two, it
/// is left to broadcasting.
struct DepthConvolution {
    let convolve: Convolve
    let norm: LayerNorm?
    let size: [Int]

    init(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, _ form: RecurrentConfiguration) throws(TensorError) {
        var shape = Convolution(rank: 3, stride: form.stride)
        shape.padding = [0, 2, 2]
        convolve = try Convolve(scope["0"]["conv3d"], inputs, outputs, kernel: [2, 5, 5], shape, hasBias: false)
        norm = form.hasLayerNorm ? try LayerNorm(scope["1"], form.windowShape(outputs)) : nil
        size = [form.hasLayerNorm ? 2 : 1, form.folded.height, form.folded.width]
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let sums = try convolve(x)
        let stretched = Array(sums.shape.suffix(3)) == size ? sums : try sums.upsampledNearest(to: size)
        return try norm?(stretched) ?? stretched
    }
}

extension RecurrentConfiguration {
    /// (n, 2, h, w), the shape of a state of E3D-LSTM.
    func windowShape(_ channels: Int) -> [Int] { [channels, 2, folded.height, folded.width] }
}
