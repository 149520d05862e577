public import Tensors

/// The settings of an Earthformer (MODELS 5; earth-forecasting-transformer cuboid_transformer.py, `CuboidTransformerModel`).
///
/// Self-attention goes along one axis at a time and attention to the memory stays at its pixel, as in all configurations that
/// the reference ships.
public struct EarthformerConfiguration: Hashable, Sendable {
    /// What makes frames coarser before the encoder, and finer after the decoder.
    public enum Stem: Hashable, Sendable {
        /// `layers` convolutions, then merging of pixels; `finalLayers` convolutions at the end.
        case single(scale: FrameSize, layers: Int, finalLayers: Int)
        case stacked([StemStage])
    }

    /// One stage of a stacked stem: convolutions to `width` channels, then merging of `scale` x `scale` pixels.
    public struct StemStage: Hashable, Sendable {
        public var width: Int
        public var scale: Int
        public var layers: Int

        public init(width: Int, scale: Int, layers: Int) {
            self.width = width
            self.scale = scale
            self.layers = layers
        }
    }

    /// What positions are learned: T, H and W each, or T and each pixel.
    public enum Positions: String, Hashable, Sendable, Codable {
        case axes = "t+h+w"
        case pixels = "t+hw"
    }

    /// T and T'.
    public var inFrames: Int
    public var outFrames: Int
    public var channels: Int
    public var imageSize: FrameSize
    public var stem: Stem
    /// Channels of each level, as many as there are levels.
    public var widths: [Int]
    public var heads: Int
    /// Stacks of each level of encoder and decoder.
    public var encoderDepths: [Int]
    public var decoderDepths: [Int]
    /// By how much a level is coarser than the one below.
    public var downsample = 2
    public var positions = Positions.axes
    /// Learned vectors that exchange with all cells of the encoder; 0 for none.
    public var globalVectors = 0
    public var attentionDropRate = 0.1
    public var projectionDropRate = 0.1
    public var perceptronDropRate = 0.1

    public init(
        inFrames: Int, outFrames: Int, channels: Int, imageSize: FrameSize, stem: Stem, widths: [Int], heads: Int,
        encoderDepths: [Int], decoderDepths: [Int]
    ) {
        self.inFrames = inFrames
        self.outFrames = outFrames
        self.channels = channels
        self.imageSize = imageSize
        self.stem = stem
        self.widths = widths
        self.heads = heads
        self.encoderDepths = encoderDepths
        self.decoderDepths = decoderDepths
    }
}

extension EarthformerConfiguration {
    /// The frames' size before each stage of the stem, and after the last; sides that do not divide are padded.
    var stemSizes: [FrameSize] {
        switch stem {
        case .single(let scale, _, _): [imageSize, imageSize.merged(scale)]
        case .stacked(let stages):
            stages.reduce(into: [imageSize]) { sizes, stage in
                sizes.append(sizes[sizes.count - 1].merged(FrameSize(stage.scale, stage.scale)))
            }
        }
    }

    /// Rows and columns of each level.
    var levelSizes: [FrameSize] {
        let step = FrameSize(downsample, downsample)
        return widths.indices.dropFirst().reduce(into: Array(stemSizes.suffix(1))) { sizes, _ in
            sizes.append(sizes[sizes.count - 1].merged(step))
        }
    }

    /// - Throws: `.operands` where the settings make no network.
    public func check() throws(TensorError) {
        let counts = [inFrames, outFrames, channels, imageSize.height, imageSize.width, heads, downsample]
        try refuse(
            (counts + widths + encoderDepths + decoderDepths).contains { $0 < 1 } || globalVectors < 0,
            "every size of an Earthformer is at least 1")
        let levels = widths.count
        try refuse(
            levels == 0 || encoderDepths.count != levels || decoderDepths.count != levels,
            "an Earthformer needs block_units, enc_depth and dec_depth of each level; \(widths), \(encoderDepths) and "
                + "\(decoderDepths) do not fit")
        for width in widths {
            try refuse(width % heads != 0, "a width of \(width) cannot be shared by \(heads) heads")
        }
        let rates = [attentionDropRate, projectionDropRate, perceptronDropRate]
        try refuse(rates.contains { !(0..<1).contains($0) }, "drop rates are from 0 to below 1, not \(rates)")
        try checkStem()
    }

    private func checkStem() throws(TensorError) {
        switch stem {
        case .single(let scale, let layers, let finalLayers):
            try refuse(
                scale.height < 1 || scale.width < 1 || layers < 1 || finalLayers < 0,
                "the stem of an Earthformer needs a scale and a convolution at least")
            try refuse(
                widths[0] % 16 != 0, "base_units is normalised in 16 groups, so it is a multiple, not \(widths[0])")
        case .stacked(let stages):
            try refuse(stages.isEmpty, "a stacked stem of an Earthformer needs at least one stage")
            for stage in stages {
                try refuse(
                    stage.width < 1 || stage.scale < 1 || stage.layers < 1,
                    "every stage of a stacked stem has a width, a scale and a convolution at least")
                try refuse(
                    stage.width % stage.groups != 0,
                    "\(stage.width) channels of the stem cannot be normalised in \(stage.groups) groups")
            }
            let last = stages[stages.count - 1].width
            try refuse(
                last != widths[0], "the last stage of the stem makes \(last) channels, but base_units is \(widths[0])")
        }
    }
}

extension EarthformerConfiguration.StemStage {
    /// Of GroupNorm.
    var groups: Int { max(1, width / 4) }
}

extension FrameSize {
    /// The size after merging `step` pixels, where sides that do not divide are padded.
    func merged(_ step: FrameSize) -> FrameSize {
        FrameSize((height + step.height - 1) / step.height, (width + step.width - 1) / step.width)
    }
}
