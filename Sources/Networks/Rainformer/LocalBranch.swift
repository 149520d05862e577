internal import Tensors

/// Twice a 3x3 convolution, BatchNorm and ReLU: (B, C, H, W) to the same. SwinTransformer.py, `DoubleConv`.
struct DoubleConvolution {
    let layers: [(conv: Convolve, norm: BatchNorm)]

    init(_ scope: Parameters.Scope, _ width: Int) throws(TensorError) {
        layers = try [0, 3].map { index throws(TensorError) in
            let conv = try Convolve(scope["conv"][index], width, width, side: 3, padding: 1)
            return (conv, try BatchNorm(scope["conv"][index + 1], width))
        }
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        var x = x
        for layer in layers { x = try layer.norm(layer.conv(x), mode).reluOver() }
        return x
    }
}

/// Attention over channels, then over pixels: (B, C, H, W) to the same. Attention.py, `CASA`.
struct PictureAttention {
    let channels: ChannelAttention
    let conv: Convolve
    let norm: BatchNorm

    init(_ scope: Parameters.Scope, _ width: Int) throws(TensorError) {
        channels = try ChannelAttention(
            scope["ca"], ["MLP"], width, middle: width < 16 ? width : width / 16, places: [2, 3])
        conv = try Convolve(scope["sa"]["conv"], 2, 1, side: 3, padding: 1, hasBias: false)
        norm = try BatchNorm(scope["sa"]["bn"], 1)
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let y = try channels(x)
        let pooled = try Tensor.concatenated(
            [y.mean([1], keepingAxes: true), y.largest([1], keepingAxes: true)], axis: 1)
        return try norm(conv(pooled), mode).sigmoid() * y
    }
}
