public import SpaceTime
public import Tensors

/// The settings of a Swin forecaster, under the reference's names (Swin-Transformer models/swin_transformer.py; MODELS 3).
public struct SwinConfiguration: Hashable, Sendable, Codable {
    public var imageSize: FrameSize
    public var patchSize: Int
    /// T and T'.
    public var inFrames: Int
    public var outFrames: Int
    public var channels: Int
    /// D, the width of the first stage; it doubles with every stage.
    public var width: Int
    /// Blocks and heads of each stage.
    public var depths: [Int]
    public var heads: [Int]
    public var windowSize: Int
    public var perceptronRatio = 4.0
    public var dropRate = 0.0
    public var attentionDropRate = 0.0
    /// Of the last block; rises evenly from 0 over all blocks.
    public var dropPathRate = 0.0
    public var layout = TokenLayout.stacked
    /// The part of the patches that training hides; 0 hides none. METHOD 1.5.
    public var maskRatio = 0.0

    public init(
        imageSize: FrameSize, patchSize: Int, inFrames: Int, outFrames: Int, channels: Int, width: Int, depths: [Int],
        heads: [Int], windowSize: Int
    ) {
        self.imageSize = imageSize
        self.patchSize = patchSize
        self.inFrames = inFrames
        self.outFrames = outFrames
        self.channels = channels
        self.width = width
        self.depths = depths
        self.heads = heads
        self.windowSize = windowSize
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case imageSize = "img_size"
        case patchSize = "patch_size"
        case inFrames = "in_frames"
        case outFrames = "out_frames"
        case channels, depths, layout
        case width = "embed_dim"
        case heads = "num_heads"
        case windowSize = "window_size"
        case perceptronRatio = "mlp_ratio"
        case dropRate = "drop_rate"
        case attentionDropRate = "attn_drop_rate"
        case dropPathRate = "drop_path_rate"
        case maskRatio = "mask_ratio"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        imageSize = try values.decode(FrameSize.self, forKey: .imageSize)
        patchSize = try values.decode(Int.self, forKey: .patchSize)
        inFrames = try values.decode(Int.self, forKey: .inFrames)
        outFrames = try values.decode(Int.self, forKey: .outFrames)
        channels = try values.decode(Int.self, forKey: .channels)
        width = try values.decode(Int.self, forKey: .width)
        depths = try values.decode([Int].self, forKey: .depths)
        heads = try values.decode([Int].self, forKey: .heads)
        windowSize = try values.decode(Int.self, forKey: .windowSize)
        perceptronRatio = try values.decodeIfPresent(Double.self, forKey: .perceptronRatio) ?? 4
        dropRate = try values.decodeIfPresent(Double.self, forKey: .dropRate) ?? 0
        attentionDropRate = try values.decodeIfPresent(Double.self, forKey: .attentionDropRate) ?? 0
        dropPathRate = try values.decodeIfPresent(Double.self, forKey: .dropPathRate) ?? 0
        layout = try values.decodeIfPresent(TokenLayout.self, forKey: .layout) ?? .stacked
        maskRatio = try values.decodeIfPresent(Double.self, forKey: .maskRatio) ?? 0
    }

    /// The token grid of a stage.
    func grid(ofStage stage: Int) -> WindowGrid.Size {
        let side = patchSize << stage
        return WindowGrid.Size(rows: imageSize.height / side, columns: imageSize.width / side)
    }

    /// The width of a stage's tokens.
    func width(ofStage stage: Int) -> Int { width << stage }

    /// - Throws: `.operands` where the settings make no network.
    public func check() throws(TensorError) {
        let counts = [imageSize.height, imageSize.width, patchSize, inFrames, outFrames, channels, width, windowSize]
        try refuse((counts + depths + heads).contains { $0 < 1 }, "every size of a Swin is at least 1")
        try refuse(
            depths.isEmpty || depths.count > 10 || depths.count != heads.count,
            "a Swin needs as many numbers of heads as stages, 1 to 10; \(depths) and \(heads) do not fit")
        try refuse(layout == .joint, "Swin has no layout joint: its windows lie in one frame; take frame or stacked")
        try refuse(
            layout == .frame && inFrames != outFrames,
            "layout frame gives as many frames as it gets: \(inFrames) cannot become \(outFrames)")
        let side = patchSize << (depths.count - 1)
        try refuse(
            imageSize.height % side != 0 || imageSize.width % side != 0,
            "frames of \(imageSize) cannot be halved \(depths.count - 1) times after cutting into patches of "
                + "\(patchSize)x\(patchSize)")
        for stage in depths.indices {
            try refuse(
                width(ofStage: stage) % heads[stage] != 0,
                "stage \(stage): a width of \(width(ofStage: stage)) cannot be shared by \(heads[stage]) heads")
            let (grid, window) = (
                grid(ofStage: stage), WindowGrid(grid(ofStage: stage), windowSize, isShifted: false).window
            )
            try refuse(
                grid.rows % window != 0 || grid.columns % window != 0,
                "stage \(stage): a grid of \(grid.rows)x\(grid.columns) tokens cannot be cut into windows of \(window)")
        }
        try refuse(!(0..<1).contains(maskRatio), "mask_ratio is from 0 to below 1, not \(maskRatio)")
    }
}
