internal import Tensors

/// The settings of ConvLSTM, PredRNN-V2 and E3D-LSTM, under the reference's names (OpenSTL openstl/models; MODELS 6).
public struct RecurrentConfiguration: Hashable, Sendable, Codable {
    /// T and T'.
    public var inFrames: Int
    public var outFrames: Int
    public var channels: Int
    public var imageSize: FrameSize
    /// Channels of the hidden states, one number a layer.
    public var hidden: [Int]
    /// The side of the gates' kernels, odd. E3D-LSTM does not ask: its kernels are 2x5x5.
    public var filterSize = 5
    /// Of the gates' convolutions; only E3D-LSTM knows another than 1.
    public var stride = 1
    /// Frames are folded into pictures of side 1/p with p² times the channels.
    public var patchSize: Int
    /// Whether each gate's convolution is followed by a norm over (channels, h, w).
    public var hasLayerNorm = false
    public var sampling = SamplingSchedule()
    /// The weight of PredRNN-V2's decoupling loss.
    public var decouplingWeight = 0.1
    /// Not the reference's: so many time steps at a time are done again on the way back, and only the states between are kept
    /// until then; nil keeps what every time step needs. No result depends on it.
    public var checkpointSteps: Int?

    public init(
        inFrames: Int, outFrames: Int, channels: Int, imageSize: FrameSize, hidden: [Int], patchSize: Int
    ) {
        self.inFrames = inFrames
        self.outFrames = outFrames
        self.channels = channels
        self.imageSize = imageSize
        self.hidden = hidden
        self.patchSize = patchSize
    }

    /// Channels of a folded picture.
    var foldedChannels: Int { patchSize * patchSize * channels }

    /// Height and width of a folded picture.
    var folded: FrameSize { FrameSize(imageSize.height / patchSize, imageSize.width / patchSize) }

    /// - Parameter model: what it is called in messages.
    /// - Throws: `.operands` where the settings make no network.
    func check(_ model: String) throws(TensorError) {
        let counts = [inFrames, outFrames, channels, imageSize.height, imageSize.width, patchSize, stride, filterSize]
        try refuse((counts + hidden).contains { $0 < 1 }, "every size of \(model) is at least 1")
        try refuse(
            checkpointSteps.map { $0 < 1 } ?? false, "checkpoint_steps of \(model) is 1 time step at a time or more")
        try refuse(hidden.isEmpty, "\(model) needs at least one layer: num_hidden names none")
        try refuse(
            imageSize.height % patchSize != 0 || imageSize.width % patchSize != 0,
            "frames of \(imageSize) cannot be cut into patches of \(patchSize)x\(patchSize)")
        try refuse(
            filterSize % 2 == 0, "filter_size of \(model) is odd, so that frames keep their size; not \(filterSize)")
        try sampling.check()
    }
}

extension RecurrentConfiguration {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case shape = "in_shape"
        case inFrames = "pre_seq_length"
        case outFrames = "aft_seq_length"
        case hidden = "num_hidden"
        case filterSize = "filter_size"
        case stride
        case patchSize = "patch_size"
        case hasLayerNorm = "layer_norm"
        case decouplingWeight = "decouple_beta"
        case checkpointSteps = "checkpoint_steps"
    }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let shape = try values.decode([Int].self, forKey: .shape)
        guard shape.count == 4 else {
            throw DecodingError.dataCorruptedError(
                forKey: .shape, in: values, debugDescription: "has \(shape.count) numbers, not T, C, H and W")
        }
        // The reference takes T from pre_seq_length alone.
        inFrames = try values.decode(Int.self, forKey: .inFrames)
        outFrames = try values.decode(Int.self, forKey: .outFrames)
        channels = shape[1]
        imageSize = FrameSize(shape[2], shape[3])
        hidden = try RecurrentConfiguration.numbers(values)
        filterSize = try values.decodeIfPresent(Int.self, forKey: .filterSize) ?? 5
        stride = try values.decodeIfPresent(Int.self, forKey: .stride) ?? 1
        patchSize = try values.decode(Int.self, forKey: .patchSize)
        hasLayerNorm = try values.flagIfPresent(.hasLayerNorm) ?? false
        decouplingWeight = try values.decodeIfPresent(Double.self, forKey: .decouplingWeight) ?? 0.1
        checkpointSteps = try values.decodeIfPresent(Int.self, forKey: .checkpointSteps)
        sampling = try SamplingSchedule(from: decoder)
    }

    /// The reference writes `"128,128"`; a list is read as well.
    private static func numbers(_ values: KeyedDecodingContainer<CodingKeys>) throws -> [Int] {
        if let list = try? values.decode([Int].self, forKey: .hidden) { return list }
        let text = try values.decode(String.self, forKey: .hidden)
        return try text.split(separator: ",").map { part in
            guard let number = Int(part.filter { $0 != " " }) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .hidden, in: values, debugDescription: "`\(text)` is no list of whole numbers")
            }
            return number
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode([inFrames, channels, imageSize.height, imageSize.width], forKey: .shape)
        try values.encode(inFrames, forKey: .inFrames)
        try values.encode(outFrames, forKey: .outFrames)
        try values.encode(hidden.map { "\($0)" }.joined(separator: ","), forKey: .hidden)
        try values.encode(filterSize, forKey: .filterSize)
        try values.encode(stride, forKey: .stride)
        try values.encode(patchSize, forKey: .patchSize)
        try values.encode(hasLayerNorm ? 1 : 0, forKey: .hasLayerNorm)
        try values.encode(decouplingWeight, forKey: .decouplingWeight)
        try values.encodeIfPresent(checkpointSteps, forKey: .checkpointSteps)
        try sampling.encode(to: encoder)
    }
}

extension KeyedDecodingContainer {
    /// 0, 1, false or true.
    func flagIfPresent(_ key: Key) throws -> Bool? {
        guard contains(key) else { return nil }
        if let flag = try? decode(Bool.self, forKey: key) { return flag }
        let number = try decode(Int.self, forKey: key)
        guard number == 0 || number == 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: key, in: self, debugDescription: "is \(number), neither 0 nor 1")
        }
        return number == 1
    }
}
