public import SpaceTime

/// The settings of a ViT, under the reference's names (NuwaDynamics nvwa_upstream_pretrain.py; MODELS 2).
public struct ViTConfiguration: Hashable, Sendable, Codable {
    public var imageSize: FrameSize
    /// A multiple of 4.
    public var patchSize: Int
    /// T and T'.
    public var inFrames: Int
    public var outFrames: Int
    public var channels: Int
    /// D.
    public var width: Int
    public var depth: Int
    public var heads: Int
    public var perceptronRatio = 4.0
    public var dropRatio = 0.0
    public var attentionDropRatio = 0.0
    /// Of the last block; rises evenly from 0.
    public var dropPathRatio = 0.0
    public var layout = TokenLayout.stacked
    /// The part of the tokens that training hides; 0 hides none. METHOD 1.5.
    public var maskRatio = 0.0
    /// The published class as it is: blocks and final norm run twice. For the parity of old checkpoints only.
    public var applyTwice = false

    public init(
        imageSize: FrameSize, patchSize: Int, inFrames: Int, outFrames: Int, channels: Int, width: Int, depth: Int,
        heads: Int
    ) {
        self.imageSize = imageSize
        self.patchSize = patchSize
        self.inFrames = inFrames
        self.outFrames = outFrames
        self.channels = channels
        self.width = width
        self.depth = depth
        self.heads = heads
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case imageSize = "img_size"
        case patchSize = "patch_size"
        case inFrames = "in_frames"
        case outFrames = "out_frames"
        case channels, depth, layout
        case width = "embed_dim"
        case heads = "num_heads"
        case perceptronRatio = "mlp_ratio"
        case dropRatio = "drop_ratio"
        case attentionDropRatio = "attn_drop_ratio"
        case dropPathRatio = "drop_path_ratio"
        case maskRatio = "mask_ratio"
        case applyTwice = "apply_twice"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        imageSize = try values.decode(FrameSize.self, forKey: .imageSize)
        patchSize = try values.decode(Int.self, forKey: .patchSize)
        inFrames = try values.decode(Int.self, forKey: .inFrames)
        outFrames = try values.decode(Int.self, forKey: .outFrames)
        channels = try values.decode(Int.self, forKey: .channels)
        width = try values.decode(Int.self, forKey: .width)
        depth = try values.decode(Int.self, forKey: .depth)
        heads = try values.decode(Int.self, forKey: .heads)
        perceptronRatio = try values.decodeIfPresent(Double.self, forKey: .perceptronRatio) ?? 4
        dropRatio = try values.decodeIfPresent(Double.self, forKey: .dropRatio) ?? 0
        attentionDropRatio = try values.decodeIfPresent(Double.self, forKey: .attentionDropRatio) ?? 0
        dropPathRatio = try values.decodeIfPresent(Double.self, forKey: .dropPathRatio) ?? 0
        layout = try values.decodeIfPresent(TokenLayout.self, forKey: .layout) ?? .stacked
        maskRatio = try values.decodeIfPresent(Double.self, forKey: .maskRatio) ?? 0
        applyTwice = try values.decodeIfPresent(Bool.self, forKey: .applyTwice) ?? false
    }

    /// Patches down and across.
    public var grid: (rows: Int, columns: Int) { (imageSize.height / patchSize, imageSize.width / patchSize) }

    /// Tokens of one map.
    var tokenCount: Int { grid.rows * grid.columns * (layout == .joint ? inFrames : 1) }
}
