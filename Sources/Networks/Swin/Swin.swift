internal import SpaceTime
public import Tensors

/// The upstream and downstream Swin: (B, T, C, H, W) to (B, T', C, H, W). MODELS 3: encoder of Swin-Transformer, patch
/// expansion of Swin-Unet, and a light head with skips.
public struct Swin: AttentionSource {
    public let parameters: Parameters
    public let configuration: SwinConfiguration
    private let patchEmbed: Convolve
    private let patchNorm: LayerNorm
    private let masking: TokenMasking?
    private let stages: [SwinStage]
    private let norm: LayerNorm
    private let up: [PatchExpansion]
    private let fuse: [Linear]
    private let normUp: LayerNorm
    private let head: Convolve

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: SwinConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check()
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        let p = form.patchSize
        let inputs = form.layout.channels(frames: form.inFrames, form.channels)
        patchEmbed = try Convolve(scope["patch_embed"]["proj"], inputs, form.width, side: p, stride: p)
        patchNorm = try LayerNorm(scope["patch_embed"]["norm"], [form.width])
        masking = form.maskRatio > 0 ? try TokenMasking(scope, width: form.width, ratio: form.maskRatio) : nil
        let last = form.depths.count - 1
        let rates = evenlySpaced(to: form.dropPathRate, count: form.depths.reduce(0, +))
        stages = try form.depths.indices.map { stage throws(TensorError) in
            let first = form.depths[..<stage].reduce(0, +)
            let part = rates[first..<first + form.depths[stage]]
            return try SwinStage(scope["layers"][stage], form, stage: stage, rates: part)
        }
        norm = try LayerNorm(scope["norm"], [form.width(ofStage: last)])
        up = try (0..<last).map { k throws(TensorError) in
            try PatchExpansion(scope["up"][k], width: form.width(ofStage: last - k))
        }
        fuse = try (0..<last).map { k throws(TensorError) in
            let width = form.width(ofStage: last - 1 - k)
            return try Linear(scope["fuse"][k], 2 * width, width, initial: .truncatedNormal(0.02))
        }
        normUp = try LayerNorm(scope["norm_up"], [form.width])
        let outputs = form.layout.channels(frames: form.outFrames, form.channels)
        head = try Convolve(
            scope["head"], form.width, outputs, kernel: [p, p], Convolution(stride: p, isTransposed: true))
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError)
        -> Tensor
    {
        let shape = inputs.shape
        let form = configuration
        let expected = [form.inFrames, form.channels, form.imageSize.height, form.imageSize.width]
        try refuse(
            Array(shape.dropFirst()) != expected, "this Swin takes frames (B, T, C, H, W) of \(expected), not \(shape)")
        var x = try patchNorm(patchEmbed(form.layout.pictures(inputs)).permuted([0, 2, 3, 1]))
        if let masking { x = try masking(x, mode) }
        x = try x.dropped(form.dropRate, mode)
        var skips: [Tensor] = []
        for stage in stages {
            x = try stage(x, mode, noting: record)
            if let downsample = stage.downsample {
                skips.append(x)
                x = try downsample(x)
            }
        }
        x = try norm(x)
        for (k, skip) in skips.reversed().enumerated() {
            x = try fuse[k](.concatenated([up[k](x), skip], axis: -1))
        }
        let pictures = try head(normUp(x).permuted([0, 3, 1, 2]))
        return try pictures.reshaped([shape[0], form.outFrames] + shape[2...])
    }

    /// The scores of every block on its own token grid, (maps, rows, columns), and the stage of the block.
    public func tokenScores(_ inputs: Tensor) throws(TensorError) -> [BlockScores] {
        let grids = stages.enumerated().flatMap { stage, part in part.blocks.map { (stage: stage, grid: $0.grid) } }
        var scores: [BlockScores] = []
        for (entry, place) in zip(try columnSums(inputs), grids) {
            // The same way back as the tokens': windows joined, the shift undone.
            let values = try place.grid.joined(entry.values.unsqueezed(-1)).squeezed(-1)
            scores.append(BlockScores(name: entry.name, stage: place.stage, values: values))
        }
        return scores
    }

    public func patchScores(_ inputs: Tensor) throws(TensorError) -> [BlockScores] {
        try tokenScores(inputs).map { score throws(TensorError) in
            guard score.stage > 0 else { return score }
            var score = score
            let times = 1 << score.stage
            score.values = try score.values.repeated(times, axis: 1).repeated(times, axis: 2)
            return score
        }
    }
}
