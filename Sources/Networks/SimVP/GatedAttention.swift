internal import Tensors

/// OpenSTL's gSTA translator: (B, T·hid_S, h, w) to the same. MODELS 10.2.
struct GatedTranslator {
    let enc: [GatedStage]

    init(_ scope: Parameters.Scope, _ form: SimVPConfiguration) throws(TensorError) {
        let (outer, width, depth) = (form.hiddenWidth, form.temporalWidth, form.temporalDepth)
        let rates = evenlySpaced(from: 0.01, to: form.dropPathRate, count: depth)
        enc = try (0..<depth).map { i throws(TensorError) in
            try GatedStage(
                scope["enc"][i], form, i == 0 ? outer : width, i == depth - 1 ? outer : width, dropPath: rates[i])
        }
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        var z = x
        for stage in enc { z = try stage(z, mode) }
        return z
    }
}

/// A block at the input's width, then a 1x1 convolution where the output's is another.
struct GatedStage {
    let block: GatedBlock
    let reduction: Convolve?

    init(_ scope: Parameters.Scope, _ form: SimVPConfiguration, _ inputs: Int, _ outputs: Int, dropPath: Double)
        throws(TensorError)
    {
        block = try GatedBlock(scope["block"], form, width: inputs, dropPath: dropPath)
        reduction = inputs == outputs ? nil : try Convolve(scope["reduction"], inputs, outputs, side: 1)
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let y = try block(x, mode)
        return try reduction?(y) ?? y
    }
}

/// x + s₁·attn(norm1 x), then x + s₂·mlp(norm2 x), with learned scales for each channel.
struct GatedBlock {
    let norm1: BatchNorm
    let attn: SpatialGate
    let norm2: BatchNorm
    let mlp: PicturePerceptron
    let scale1: Tensor
    let scale2: Tensor
    let dropPath: Double

    init(_ scope: Parameters.Scope, _ form: SimVPConfiguration, width: Int, dropPath: Double) throws(TensorError) {
        scale1 = try scope.parameter("layer_scale_1", [width], .constant(0.01))
        scale2 = try scope.parameter("layer_scale_2", [width], .constant(0.01))
        norm1 = try BatchNorm(scope["norm1"], width)
        attn = try SpatialGate(scope["attn"], width: width)
        norm2 = try BatchNorm(scope["norm2"], width)
        mlp = try PicturePerceptron(
            scope["mlp"], width: width, hidden: Int(Double(width) * form.perceptronRatio), dropout: form.dropRate)
        self.dropPath = dropPath
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let shape = [scale1.count, 1, 1]
        let y = try x + (scale1.reshaped(shape) * attn(norm1(x, mode))).pathDropped(dropPath, mode)
        return try y + (scale2.reshaped(shape) * mlp(norm2(y, mode), mode)).pathDropped(dropPath, mode)
    }
}

/// Large-kernel attention with a gate, and its own input added: (B, C, h, w) to the same.
struct SpatialGate {
    let proj1: Convolve
    /// 5x5, then 7x7 with holes of 3: together they see 23x23.
    let near: Convolve
    let far: Convolve
    let gate: Convolve
    let proj2: Convolve

    init(_ scope: Parameters.Scope, width: Int) throws(TensorError) {
        func convolve(_ scope: Parameters.Scope, _ outputs: Int, _ side: Int, _ form: Convolution) throws(TensorError)
            -> Convolve
        {
            try .gated(scope, width, outputs, side: side, form)
        }
        let inner = scope["spatial_gating_unit"]
        proj1 = try convolve(scope["proj_1"], width, 1, Convolution())
        near = try convolve(inner["conv0"], width, 5, Convolution(padding: 2, groups: width))
        far = try convolve(inner["conv_spatial"], width, 7, Convolution(padding: 9, dilation: 3, groups: width))
        gate = try convolve(inner["conv1"], 2 * width, 1, Convolution())
        proj2 = try convolve(scope["proj_2"], width, 1, Convolution())
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let parts = try gate(far(near(proj1(x).gelu()))).chunks(2, axis: 1)
        return try proj2(parts[1].sigmoid() * parts[0]) + x
    }
}

/// `fc2(GELU(dwconv(fc1 x)))` with 1x1 convolutions and a 3x3 one for each channel.
struct PicturePerceptron {
    let fc1: Convolve
    let dwconv: Convolve
    let fc2: Convolve
    let dropout: Double

    init(_ scope: Parameters.Scope, width: Int, hidden: Int, dropout: Double) throws(TensorError) {
        fc1 = try .gated(scope["fc1"], width, hidden, side: 1, Convolution())
        dwconv = try .gated(
            scope["dwconv"]["dwconv"], hidden, hidden, side: 3, Convolution(padding: 1, groups: hidden))
        fc2 = try .gated(scope["fc2"], hidden, width, side: 1, Convolution())
        self.dropout = dropout
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try fc2(dwconv(fc1(x)).gelu().dropped(dropout, mode)).dropped(dropout, mode)
    }
}

extension Convolve {
    /// Begins as OpenSTL's GASubBlock: normal with √(2 / fan out), where the fan out is side² · out / groups; bias 0.
    fileprivate static func gated(
        _ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, side: Int, _ form: Convolution
    ) throws(TensorError) -> Convolve {
        let fanOut = Double(side * side * outputs / form.groups)
        return try Convolve(
            scope, inputs, outputs, kernel: [side, side], form, initial: .normal((2 / fanOut).squareRoot()))
    }
}
