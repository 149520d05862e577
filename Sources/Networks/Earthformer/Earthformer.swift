public import Tensors

/// Earthformer: (B, T, C, H, W) to (B, T', C, H, W). MODELS 5; earth-forecasting-transformer cuboid_transformer.py.
///
/// Cells (B, T, rows, columns, width) attend along one axis after the other. The encoder's levels are a memory for the decoder,
/// which begins from learned positions alone, so T' is free.
public struct Earthformer: Forecaster {
    public let parameters: Parameters
    public let configuration: EarthformerConfiguration
    private let stem: EarthformerStem
    private let encoderPositions: CellPositions
    private let globalVectors: Tensor?
    private let encoder: EarthformerEncoder
    private let decoderPositions: CellPositions
    private let start: Linear
    private let decoder: EarthformerDecoder
    private let head: EarthformerHead
    private let last: Linear

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: EarthformerConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check()
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        let (sizes, top) = (form.levelSizes, form.widths.count - 1)
        globalVectors =
            form.globalVectors > 0
            ? try scope.parameter(
                "init_global_vectors", [form.globalVectors, form.widths[0]], .truncatedNormal(0.02)) : nil
        stem = try EarthformerStem(scope["initial_encoder"], form)
        head = try EarthformerHead(scope["final_decoder"], form)
        last = try .scaled(scope["dec_final_proj"], head.width, form.channels)
        encoder = try EarthformerEncoder(scope["encoder"], form)
        encoderPositions = try CellPositions(
            scope["enc_pos_embed"], form.positions, frames: form.inFrames, sizes[0], width: form.widths[0])
        start = try .scaled(scope["z_proj"], form.widths[top], form.widths[top])
        decoderPositions = try CellPositions(
            scope["dec_pos_embed"], form.positions, frames: form.outFrames, sizes[top], width: form.widths[top])
        decoder = try EarthformerDecoder(scope["decoder"], form)
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let (form, shape) = (configuration, inputs.shape)
        let expected = [form.inFrames, form.channels, form.imageSize.height, form.imageSize.width]
        try refuse(
            Array(shape.dropFirst()) != expected,
            "this Earthformer takes frames (B, T, C, H, W) of \(expected), not \(shape)")
        let cells = try stem(inputs) + encoderPositions.sum()
        let vectors = try globalVectors?.expanded([shape[0], -1, -1])
        let memory = try encoder(cells, vectors, mode)
        // One for all samples; the first attention to the memory makes one for each of it.
        let decoded = try decoder(start(decoderPositions.sum().unsqueezed(0)), memory, mode)
        return try last(head(decoded).permuted([0, 1, 3, 4, 2])).permuted([0, 1, 4, 2, 3])
    }
}

extension Linear {
    /// Begins as most of Earthformer's: normal with 1/√(fan in), bias 0.
    static func scaled(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, hasBias: Bool = true)
        throws(TensorError) -> Linear
    {
        try Linear(scope, inputs, outputs, hasBias: hasBias, initial: .normal(1 / Double(inputs).squareRoot()))
    }
}
