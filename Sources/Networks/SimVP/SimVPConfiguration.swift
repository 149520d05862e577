public import Tensors

/// The settings of a SimVP, under the reference's names (NuwaDynamics nvwa_downstream_pred.py and OpenSTL
/// models/simvp_model.py; MODELS 10).
public struct SimVPConfiguration: Hashable, Sendable, Codable {
    /// What lies between encoder and decoder, and how both are made.
    public enum Form: String, Hashable, Sendable, Codable {
        /// SimVP v1 with the channel dropout of NuwaDynamics: LeakyReLU, transposed convolutions, the skip beside.
        case nuwaDynamics = "nuwa"
        /// OpenSTL's with the inception translator: SiLU, pixel shuffle, the skip added.
        case inception = "incepu"
        /// OpenSTL's with gated spatio-temporal attention.
        case gatedAttention = "gsta"
    }

    public var form: Form
    /// T, C, height and width of the inputs.
    public var inFrames: Int
    public var channels: Int
    public var imageSize: FrameSize
    /// T'; fewer than T are cut, for more the output is fed back.
    public var outFrames: Int
    /// Channels of a frame's hidden picture (`hid_S`) and of the translator (`hid_T`).
    public var spatialWidth = 64
    public var temporalWidth = 256
    /// Layers of encoder and decoder (`N_S`), blocks of the translator, for inception down and up (`N_T`).
    public var spatialDepth = 4
    public var temporalDepth = 8
    /// Of the inception blocks.
    public var kernels = [3, 5, 7, 11]
    public var groups = 8
    /// Whole channels, after every layer but the 1x1 ones; NuwaDynamics only.
    public var dropout = 0.3
    /// Of gated attention only.
    public var perceptronRatio = 8.0
    public var dropRate = 0.0
    /// Of the last block; rises evenly from 0.01, which the reference gives the first block even where this is 0.
    public var dropPathRate = 0.0
    /// OpenSTL only.
    public var encoderKernel = 3
    public var decoderKernel = 3

    public init(form: Form = .nuwaDynamics, inFrames: Int, channels: Int, imageSize: FrameSize, outFrames: Int? = nil) {
        self.form = form
        self.inFrames = inFrames
        self.channels = channels
        self.imageSize = imageSize
        self.outFrames = outFrames ?? inFrames
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case form = "model_type"
        case inShape = "in_shape"
        case outFrames = "out_frames"
        case spatialWidth = "hid_S"
        case temporalWidth = "hid_T"
        case spatialDepth = "N_S"
        case temporalDepth = "N_T"
        case kernels = "incep_ker"
        case groups, dropout
        case perceptronRatio = "mlp_ratio"
        case dropRate = "drop"
        case dropPathRate = "drop_path"
        case encoderKernel = "spatio_kernel_enc"
        case decoderKernel = "spatio_kernel_dec"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let shape = try values.decode([Int].self, forKey: .inShape)
        guard shape.count == 4 else {
            throw DecodingError.dataCorruptedError(
                forKey: .inShape, in: values, debugDescription: "the inputs' shape is [T, C, H, W], not \(shape)")
        }
        self.init(
            form: try values.decodeIfPresent(Form.self, forKey: .form) ?? .nuwaDynamics, inFrames: shape[0],
            channels: shape[1], imageSize: FrameSize(shape[2], shape[3]),
            outFrames: try values.decodeIfPresent(Int.self, forKey: .outFrames))
        spatialWidth = try values.decodeIfPresent(Int.self, forKey: .spatialWidth) ?? spatialWidth
        temporalWidth = try values.decodeIfPresent(Int.self, forKey: .temporalWidth) ?? temporalWidth
        spatialDepth = try values.decodeIfPresent(Int.self, forKey: .spatialDepth) ?? spatialDepth
        temporalDepth = try values.decodeIfPresent(Int.self, forKey: .temporalDepth) ?? temporalDepth
        kernels = try values.decodeIfPresent([Int].self, forKey: .kernels) ?? kernels
        groups = try values.decodeIfPresent(Int.self, forKey: .groups) ?? groups
        dropout = try values.decodeIfPresent(Double.self, forKey: .dropout) ?? dropout
        perceptronRatio = try values.decodeIfPresent(Double.self, forKey: .perceptronRatio) ?? perceptronRatio
        dropRate = try values.decodeIfPresent(Double.self, forKey: .dropRate) ?? dropRate
        dropPathRate = try values.decodeIfPresent(Double.self, forKey: .dropPathRate) ?? dropPathRate
        encoderKernel = try values.decodeIfPresent(Int.self, forKey: .encoderKernel) ?? encoderKernel
        decoderKernel = try values.decodeIfPresent(Int.self, forKey: .decoderKernel) ?? decoderKernel
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(form, forKey: .form)
        try values.encode([inFrames, channels, imageSize.height, imageSize.width], forKey: .inShape)
        try values.encode(outFrames, forKey: .outFrames)
        try values.encode(spatialWidth, forKey: .spatialWidth)
        try values.encode(temporalWidth, forKey: .temporalWidth)
        try values.encode(spatialDepth, forKey: .spatialDepth)
        try values.encode(temporalDepth, forKey: .temporalDepth)
        try values.encode(kernels, forKey: .kernels)
        try values.encode(groups, forKey: .groups)
        try values.encode(dropout, forKey: .dropout)
        try values.encode(perceptronRatio, forKey: .perceptronRatio)
        try values.encode(dropRate, forKey: .dropRate)
        try values.encode(dropPathRate, forKey: .dropPathRate)
        try values.encode(encoderKernel, forKey: .encoderKernel)
        try values.encode(decoderKernel, forKey: .decoderKernel)
    }
}

extension SimVPConfiguration {
    /// Channels of the translator's input and output: the hidden pictures of all frames.
    var hiddenWidth: Int { inFrames * spatialWidth }

    /// - Throws: `.operands` where the settings make no network.
    public func check() throws(TensorError) {
        let counts = [inFrames, outFrames, channels, imageSize.height, imageSize.width, spatialWidth, temporalWidth]
        try refuse(
            (counts + [groups, spatialDepth] + kernels).contains { $0 < 1 }, "every size of a SimVP is at least 1")
        try refuse(temporalDepth < 2, "the translator of a SimVP has at least 2 blocks (N_T), not \(temporalDepth)")
        try refuse(spatialWidth % 2 != 0, "hid_S is normalised in 2 groups, so it is even, not \(spatialWidth)")
        try refuse(
            form != .nuwaDynamics && spatialDepth % 2 != 0,
            "OpenSTL's SimVP has an even number of layers in its encoder (N_S), not \(spatialDepth)")
        let side = 1 << (spatialDepth / 2)
        try refuse(
            imageSize.height % side != 0 || imageSize.width % side != 0,
            "frames of \(imageSize) cannot be halved \(spatialDepth / 2) times")
        let odd = kernels + [encoderKernel, decoderKernel]
        try refuse(kernels.isEmpty || odd.contains { $0 % 2 == 0 }, "kernels of a SimVP have odd sides, not \(odd)")
        try refuse(dropPathRate < 0 || dropPathRate >= 1, "drop_path is from 0 to below 1, not \(dropPathRate)")
        if form == .gatedAttention {
            try refuse(perceptronRatio <= 0, "mlp_ratio is above 0, not \(perceptronRatio)")
        } else {
            try refuse(temporalWidth % 2 != 0, "hid_T is halved inside a block, so it is even, not \(temporalWidth)")
            let used = (temporalWidth / 2) % groups == 0 ? groups : 1
            try refuse(
                hiddenWidth % used != 0,
                "\(inFrames) frames of hid_S \(spatialWidth) channels cannot be shared by \(used) groups")
        }
    }
}
