public import Tensors

/// Rainformer: (B, T, C, H, W) to (B, T', C, H, W). MODELS 4; Rainformer/Rainformer.py, `Net`.
///
/// Four stages down and four up again with skips. Each has a global branch of window attention and a local one of
/// convolutions, and a gate that weighs them.
public struct Rainformer: Forecaster {
    public let parameters: Parameters
    public let configuration: RainformerConfiguration
    private let down: [RainformerStage]
    private let up: [RainformerStage]

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: RainformerConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check()
        parameters = Parameters(on: device)
        configuration = form
        let (scope, h) = (parameters.root, form.hidden)
        let inputs = form.inFrames * form.channels
        down = try (0..<4).map { stage throws(TensorError) in
            try RainformerStage(
                scope["stage\(stage + 1)"], form, stage, grid: form.grid(ofStage: stage), .coarser,
                inputs: stage == 0 ? inputs : h << (stage - 1), hidden: h << stage, skip: 0)
        }
        up = try (0..<4).reversed().map { stage throws(TensorError) in
            let (scope, width) = (scope["stage\(8 - stage)"], stage == 3 ? 8 * h : h << (stage + 1))
            guard stage > 0 else {
                let whole = WindowGrid.Size(rows: form.imageSize.height, columns: form.imageSize.width)
                return try RainformerStage(
                    scope, form, stage, grid: whole, .finer, inputs: width, hidden: form.outFrames * form.channels,
                    skip: 0)
            }
            return try RainformerStage(
                scope, form, stage, grid: form.grid(ofStage: stage - 1), .finer, inputs: width,
                hidden: h << (stage - 1), skip: h << (stage - 1))
        }
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let (form, shape) = (configuration, inputs.shape)
        let expected = [form.inFrames, form.channels, form.imageSize.height, form.imageSize.width]
        try refuse(
            Array(shape.dropFirst()) != expected,
            "this Rainformer takes frames (B, T, C, H, W) of \(expected), not \(shape)")
        var x = try inputs.flattened(1, 2)
        var skips: [Tensor] = []
        for stage in down {
            x = try stage(x, mode)
            skips.append(x)
        }
        // The last stage's output is no skip: it is where the way up begins.
        skips.removeLast()
        for stage in up { x = try stage(x, beside: skips.popLast(), mode) }
        return try x.reshaped([shape[0], form.outFrames] + shape[2...])
    }
}
