internal import SpaceTime
public import Tensors

/// The upstream and downstream ViT: (B, T, C, H, W) to (B, T', C, H, W). MODELS 2; names of NuwaDynamics
/// nvwa_upstream_pretrain.py. Upstream is T' = T with the input as target.
public struct ViT: AttentionSource {
    public let parameters: Parameters
    public let configuration: ViTConfiguration
    private let patchEmbed: Convolve
    private let positions: Tensor
    private let masking: TokenMasking?
    private let blocks: [ViTBlock]
    private let norm: LayerNorm
    private let conv1: Convolve
    private let conv2: Convolve
    private let head: Convolve

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: ViTConfiguration, on device: Device = .cpu) throws(TensorError) {
        try ViT.check(form)
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        let (p, width) = (form.patchSize, form.width)
        let layout = form.layout
        positions = try scope.parameter("pos_embed", [1, form.tokenCount, width], .truncatedNormal(0.02))
        masking = form.maskRatio > 0 ? try TokenMasking(scope, width: width, ratio: form.maskRatio) : nil
        patchEmbed = try Convolve(
            scope["patch_embed"]["proj"], layout.channels(frames: form.inFrames, form.channels), width, side: p,
            stride: p, initial: .kaimingFanOut(slope: 0))
        let rates = evenlySpaced(to: form.dropPathRatio, count: form.depth)
        blocks = try rates.indices.map { index throws(TensorError) in
            try ViTBlock(
                scope["blocks"][index], form, dropPath: rates[index], initial: .truncatedNormal(0.01))
        }
        norm = try LayerNorm(scope["norm"], [width], epsilon: 1e-6)
        let outputs = layout == .frame ? form.channels : form.outFrames * form.channels
        let depth = layout == .joint ? width * form.inFrames : width
        let up = { (stride: Int) in Convolution(stride: stride, isTransposed: true) }
        conv1 = try Convolve(scope["pre_logits"]["conv1"], depth, 16 * outputs, kernel: [2, 2], up(2))
        conv2 = try Convolve(scope["pre_logits"]["conv2"], 16 * outputs, 4 * outputs, kernel: [2, 2], up(2))
        head = try Convolve(scope["head"], 4 * outputs, outputs, kernel: [p / 4, p / 4], up(p / 4))
    }

    private static func check(_ form: ViTConfiguration) throws(TensorError) {
        let (size, p) = (form.imageSize, form.patchSize)
        let counts = [size.height, size.width, p, form.inFrames, form.outFrames, form.channels, form.width, form.heads]
        try refuse(counts.contains { $0 < 1 } || form.depth < 1, "every size of a ViT is at least 1")
        try refuse(p % 4 != 0, "the head of a ViT needs patches whose side is a multiple of 4, not \(p)")
        try refuse(
            size.height % p != 0 || size.width % p != 0, "frames of \(size) cannot be cut into patches of \(p)x\(p)")
        try refuse(form.width % form.heads != 0, "a width of \(form.width) cannot be shared by \(form.heads) heads")
        try refuse(
            form.layout == .frame && form.inFrames != form.outFrames,
            "layout frame gives as many frames as it gets: \(form.inFrames) cannot become \(form.outFrames)")
        try refuse(!(0..<1).contains(form.maskRatio), "mask_ratio is from 0 to below 1, not \(form.maskRatio)")
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError)
        -> Tensor
    {
        let shape = inputs.shape
        let form = configuration
        let expected = [form.inFrames, form.channels, form.imageSize.height, form.imageSize.width]
        try refuse(
            Array(shape.dropFirst()) != expected, "this ViT takes frames (B, T, C, H, W) of \(expected), not \(shape)")
        var tokens = try patchEmbed(form.layout.pictures(inputs)).flattened(2).transposed(1, 2)
        if form.layout == .joint { tokens = try tokens.reshaped([shape[0], form.tokenCount, form.width]) }
        if let masking { tokens = try masking(tokens, mode) }
        tokens = try (tokens + positions).dropped(form.dropRatio, mode)
        for _ in 0..<(form.applyTwice ? 2 : 1) {
            for block in blocks { tokens = try block(tokens, mode, noting: record) }
            tokens = try norm(tokens)
        }
        let pictures = try head(conv2(conv1(maps(tokens)).tanh()).tanh())
        return try pictures.reshaped([shape[0], form.outFrames] + shape[2...])
    }

    public func patchScores(_ inputs: Tensor) throws(TensorError) -> [BlockScores] {
        let columns = configuration.grid.columns
        return try columnSums(inputs).map { entry throws(TensorError) in
            let values = try entry.values.reshaped([entry.values.extent(0), -1, columns])
            return BlockScores(name: entry.name, stage: 0, values: values)
        }
    }

    /// (N, L, D) to maps (N, D, rows, columns); where joint, the frames' maps one behind the other: (B, T·D, rows, columns).
    private func maps(_ tokens: Tensor) throws(TensorError) -> Tensor {
        let grid = configuration.grid
        if configuration.layout != .joint {
            return try tokens.transposed(1, 2).reshaped([tokens.extent(0), -1, grid.rows, grid.columns])
        }
        let split = try tokens.reshaped([tokens.extent(0), configuration.inFrames, -1, configuration.width])
        return try split.transposed(2, 3).reshaped([tokens.extent(0), -1, grid.rows, grid.columns])
    }
}
