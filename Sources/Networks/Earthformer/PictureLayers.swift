internal import Tensors

/// 3x3 convolutions, each with GroupNorm and LeakyReLU(0.1): (N, in, H, W) to (N, out, H, W).
struct PictureLayers {
    let layers: [(conv: Convolve, norm: GroupNorm)]

    init(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, count: Int, groups: Int) throws(TensorError) {
        layers = try (0..<count).map { number throws(TensorError) in
            let conv = try Convolve(scope[3 * number], number == 0 ? inputs : outputs, outputs, side: 3, padding: 1)
            return (conv, try GroupNorm(scope[3 * number + 1], groups: groups, outputs))
        }
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        var x = x
        for layer in layers { x = try layer.norm(layer.conv(x)).leakyReluOver(slope: 0.1) }
        return x
    }
}

/// Repeats pixels up to a size, then a 3x3 convolution. cuboid_transformer.py, `Upsample3DLayer`.
struct PictureUpsampling {
    let conv: Convolve
    let size: FrameSize

    init(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, to size: FrameSize) throws(TensorError) {
        conv = try Convolve(
            scope["conv"], inputs, outputs, side: 3, padding: 1, initial: .kaimingFanOut(slope: 0.1))
        self.size = size
    }

    /// (N, in, h, w) to (N, out, H, W).
    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        try conv(x.upsampledNearest(to: [size.height, size.width]))
    }
}
