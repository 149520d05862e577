internal import Tensors

/// The inception translator: blocks down and up again with skips, (B, T·hid_S, h, w) to the same. MODELS 10.1.
struct InceptionTranslator {
    let enc: [InceptionBlock]
    let dec: [InceptionBlock]

    init(_ scope: Parameters.Scope, _ form: SimVPConfiguration) throws(TensorError) {
        let (outer, width, depth) = (form.hiddenWidth, form.temporalWidth, form.temporalDepth)
        enc = try (0..<depth).map { i throws(TensorError) in
            try InceptionBlock(scope["enc"][i], form, i == 0 ? outer : width, width)
        }
        dec = try (0..<depth).map { i throws(TensorError) in
            try InceptionBlock(scope["dec"][i], form, i == 0 ? width : 2 * width, i == depth - 1 ? outer : width)
        }
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        var skips: [Tensor] = []
        var z = x
        for block in enc {
            z = try block(z, mode)
            skips.append(z)
        }
        // The last block's output is no skip: it is where the way up begins.
        skips.removeLast()
        z = try dec[0](z, mode)
        for block in dec.dropFirst() { z = try block(.concatenated([z, skips.removeLast()], axis: 1), mode) }
        return z
    }
}

/// A 1x1 convolution, then the sum of grouped convolutions of several sizes.
struct InceptionBlock {
    let conv1: Convolve
    let layers: [(conv: Convolve, norm: GroupNorm)]
    let dropout: Double

    init(_ scope: Parameters.Scope, _ form: SimVPConfiguration, _ inputs: Int, _ outputs: Int) throws(TensorError) {
        let inner = form.temporalWidth / 2
        // The reference falls back to one group, for convolution and norm, where the inner width does not divide.
        let groups = inner % form.groups == 0 ? form.groups : 1
        conv1 = try Convolve(scope["conv1"], inputs, inner, side: 1)
        layers = try form.kernels.enumerated().map { number, kernel throws(TensorError) in
            let place = scope["layers"][number]
            let shape = Convolution(padding: kernel / 2, groups: groups)
            let conv = try Convolve(place["conv"], inner, outputs, kernel: [kernel, kernel], shape)
            return (conv, try GroupNorm(place["norm"], groups: groups, outputs))
        }
        dropout = form.form == .nuwaDynamics ? form.dropout : 0
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let inner = try conv1(x)
        var sum: Tensor?
        for layer in layers {
            let part = try layer.norm(layer.conv(inner)).activated(slope: 0.2, dropping: dropout, mode)
            sum = try sum.map { sum throws(TensorError) in try sum + part } ?? part
        }
        precondition(sum != nil, "an inception block without kernels")
        return sum ?? inner
    }
}
