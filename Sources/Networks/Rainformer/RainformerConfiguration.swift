public import Tensors

/// The settings of a Rainformer, under the reference's names (Rainformer/Rainformer.py, `Net`; MODELS 4).
public struct RainformerConfiguration: Hashable, Sendable {
    public var imageSize: FrameSize
    /// T and T'; the reference knows only T = T'.
    public var inFrames: Int
    public var outFrames: Int
    public var channels: Int
    /// The width of the first stage; it doubles with every stage down.
    public var hidden = 96
    /// By how much each stage down makes the grid coarser; the stages up undo it.
    public var factors = [4, 2, 2, 2]
    /// Blocks of each stage, an even number: two of them make one tuple of a plain and a shifted block.
    public var layers = [2, 2, 2, 2]
    public var heads = [3, 6, 12, 24]
    public var headWidth = 32
    public var windowSize = 9
    /// Whether the bias of the scores goes by the difference of two places; else each pair has its own.
    public var isPositionRelative = true
    /// Whether the tuples of a stage follow each other. In the reference all get the stage's input and only the last one's output
    /// is used, so more than two layers are dead weight.
    public var chainsLayers = false

    public init(imageSize: FrameSize, inFrames: Int, outFrames: Int? = nil, channels: Int) {
        self.imageSize = imageSize
        self.inFrames = inFrames
        self.outFrames = outFrames ?? inFrames
        self.channels = channels
    }

    /// The grid of stage 1 to 4, counted from 0.
    func grid(ofStage stage: Int) -> WindowGrid.Size {
        let factor = factors[...stage].reduce(1, *)
        return WindowGrid.Size(rows: imageSize.height / factor, columns: imageSize.width / factor)
    }

    /// - Throws: `.operands` where the settings make no network.
    public func check() throws(TensorError) {
        let counts = [imageSize.height, imageSize.width, inFrames, outFrames, channels, hidden, headWidth, windowSize]
        try refuse(
            (counts + factors + layers + heads).contains { $0 < 1 }, "every size of a Rainformer is at least 1")
        try refuse(
            [factors, layers, heads].contains { $0.count != 4 },
            "a Rainformer has four stages down, so four downscaling_factors, layers and heads each")
        try refuse(
            layers.contains { $0 % 2 != 0 }, "layers of a Rainformer come in pairs, plain and shifted; not \(layers)")
        for stage in factors.indices { try checkGrid(ofStage: stage) }
        try checkWindow(WindowGrid.Size(rows: imageSize.height, columns: imageSize.width), "stage 8")
        // Widths going up: what a stage gets must hold whole pixels of the finer grid.
        let widths = [2 * hidden, 4 * hidden, 8 * hidden, 8 * hidden]
        for (stage, width) in widths.enumerated() {
            let area = factors[stage] * factors[stage]
            try refuse(
                width % area != 0,
                "stage \(8 - stage): \(width) channels cannot be spread over \(factors[stage])x\(factors[stage]) "
                    + "pixels; take a hidden_dim that is a multiple, or a smaller factor")
        }
    }

    private func checkGrid(ofStage stage: Int) throws(TensorError) {
        let factor = factors[...stage].reduce(1, *)
        try refuse(
            imageSize.height % factor != 0 || imageSize.width % factor != 0,
            "frames of \(imageSize) cannot be made \(factor) times coarser, as stage \(stage + 1) needs")
        try checkWindow(grid(ofStage: stage), "stage \(stage + 1)")
    }

    private func checkWindow(_ grid: WindowGrid.Size, _ stage: String) throws(TensorError) {
        try refuse(
            grid.rows % windowSize != 0 || grid.columns % windowSize != 0,
            "\(stage): a grid of \(grid.rows)x\(grid.columns) cannot be cut into windows of \(windowSize)")
    }
}

extension RainformerConfiguration: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case imageSize = "image_size"
        case inputs = "input_channel"
        case channels
        case outFrames = "out_frames"
        case hidden = "hidden_dim"
        case factors = "downscaling_factors"
        case layers, heads
        case headWidth = "head_dim"
        case windowSize = "window_size"
        case isPositionRelative = "relative_pos_embedding"
        case chainsLayers = "chain_layers"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let channels = try values.decodeIfPresent(Int.self, forKey: .channels) ?? 1
        // The reference counts the channels of all frames.
        let inputs = try values.decode(Int.self, forKey: .inputs)
        guard channels > 0, inputs % channels == 0 else {
            throw DecodingError.dataCorruptedError(
                forKey: .inputs, in: values,
                debugDescription: "\(inputs) is no multiple of \(channels) channels a frame")
        }
        self.init(
            imageSize: try values.decode(FrameSize.self, forKey: .imageSize), inFrames: inputs / channels,
            outFrames: try values.decodeIfPresent(Int.self, forKey: .outFrames), channels: channels)
        hidden = try values.decodeIfPresent(Int.self, forKey: .hidden) ?? hidden
        factors = try values.decodeIfPresent([Int].self, forKey: .factors) ?? factors
        layers = try values.decodeIfPresent([Int].self, forKey: .layers) ?? layers
        heads = try values.decodeIfPresent([Int].self, forKey: .heads) ?? heads
        headWidth = try values.decodeIfPresent(Int.self, forKey: .headWidth) ?? headWidth
        windowSize = try values.decodeIfPresent(Int.self, forKey: .windowSize) ?? windowSize
        isPositionRelative = try values.flagIfPresent(.isPositionRelative) ?? isPositionRelative
        chainsLayers = try values.flagIfPresent(.chainsLayers) ?? chainsLayers
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(imageSize, forKey: .imageSize)
        try values.encode(inFrames * channels, forKey: .inputs)
        try values.encode(channels, forKey: .channels)
        try values.encode(outFrames, forKey: .outFrames)
        try values.encode(hidden, forKey: .hidden)
        try values.encode(factors, forKey: .factors)
        try values.encode(layers, forKey: .layers)
        try values.encode(heads, forKey: .heads)
        try values.encode(headWidth, forKey: .headWidth)
        try values.encode(windowSize, forKey: .windowSize)
        try values.encode(isPositionRelative, forKey: .isPositionRelative)
        try values.encode(chainsLayers, forKey: .chainsLayers)
    }
}
