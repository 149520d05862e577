public import Tensors

/// SimVP: (B, T, C, H, W) to (B, T', C, H, W), by convolutions alone. MODELS 10.
///
/// Frames are encoded one by one, a translator mixes their hidden pictures, and a decoder with one skip draws the frames.
public struct SimVP: Forecaster {
    public let parameters: Parameters
    public let configuration: SimVPConfiguration
    private let enc: [FrameLayer]
    private let translator: Translator
    private let dec: [FrameLayer]
    private let readout: Convolve

    private enum Translator {
        case inception(InceptionTranslator)
        case gated(GatedTranslator)
    }

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: SimVPConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check()
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        let (width, last) = (form.spatialWidth, form.spatialDepth - 1)
        let steps = FrameLayer.Step.alternating(form.spatialDepth)
        enc = try steps.indices.map { i throws(TensorError) in
            try FrameLayer(
                scope["enc"]["enc"][i]["conv"], form, inputs: i == 0 ? form.channels : width, steps[i],
                kernel: form.encoderKernel)
        }
        let hidden = scope["hid"]
        translator =
            form.form == .gatedAttention
            ? .gated(try GatedTranslator(hidden, form)) : .inception(try InceptionTranslator(hidden, form))
        let isSkipBeside = form.form == .nuwaDynamics
        dec = try steps.indices.map { i throws(TensorError) in
            try FrameLayer(
                scope["dec"]["dec"][i]["conv"], form, inputs: i == last && isSkipBeside ? 2 * width : width,
                steps[last - i].undone, kernel: form.decoderKernel)
        }
        readout = try Convolve(scope["dec"]["readout"], width, form.channels, side: 1)
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let form = configuration
        let expected = [form.inFrames, form.channels, form.imageSize.height, form.imageSize.width]
        try refuse(
            Array(inputs.shape.dropFirst()) != expected,
            "this SimVP takes frames (B, T, C, H, W) of \(expected), not \(inputs.shape)")
        // As OpenSTL methods/simvp.py: T frames a time, each from the T before.
        var parts = [try frames(inputs, mode)]
        while parts.count * form.inFrames < form.outFrames { parts.append(try frames(parts[parts.count - 1], mode)) }
        let all = parts.count == 1 ? parts[0] : try Tensor.concatenated(parts, axis: 1)
        return all.extent(1) == form.outFrames ? all : try all.narrowed(1, 0..<form.outFrames)
    }

    /// (B, T, C, H, W) to the next T frames.
    private func frames(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        var x = try inputs.flattened(0, 1)
        var skip = x
        for (i, layer) in enc.enumerated() {
            x = try layer(x, mode)
            if i == 0 { skip = x }
        }
        let shape = x.shape
        let joined = try x.reshaped([inputs.extent(0), -1] + shape[2...])
        let mixed =
            switch translator {
            case .inception(let translator): try translator(joined, mode)
            case .gated(let translator): try translator(joined, mode)
            }
        x = try mixed.reshaped(shape)
        for layer in dec.dropLast() { x = try layer(x, mode) }
        let both = configuration.form == .nuwaDynamics ? try Tensor.concatenated([x, skip], axis: 1) : try x + skip
        return try readout(dec[dec.count - 1](both, mode)).reshaped(inputs.shape)
    }
}
