internal import Glibc

/// Under the reference's names. Options that no shipped configuration uses are refused.
extension EarthformerConfiguration: Codable {
    enum CodingKeys: String, CodingKey, CaseIterable {
        case inputShape = "input_shape"
        case targetShape = "target_shape"
        case baseUnits = "base_units"
        case blockUnits = "block_units"
        case scaleAlpha = "scale_alpha"
        case heads = "num_heads"
        case encoderDepths = "enc_depth"
        case decoderDepths = "dec_depth"
        case downsample
        case positions = "pos_embed_type"
        case globalVectors = "num_global_vectors"
        case attentionDropRate = "attn_drop"
        case projectionDropRate = "proj_drop"
        case perceptronDropRate = "ffn_drop"
        case stemType = "initial_downsample_type"
        case scale = "initial_downsample_scale"
        case layers = "initial_downsample_conv_layers"
        case finalLayers = "final_upsample_conv_layers"
        case stages = "initial_downsample_stack_conv_num_layers"
        case stageWidths = "initial_downsample_stack_conv_dim_list"
        case stageScales = "initial_downsample_stack_conv_downscale_list"
        case stageLayers = "initial_downsample_stack_conv_num_conv_list"
    }

    public init(from decoder: any Decoder) throws {
        try FixedOption.check(decoder)
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let input = try values.shape(.inputShape)
        let target = try values.shape(.targetShape)
        guard input.dropFirst() == target.dropFirst() else {
            throw values.fault(.targetShape, "has other rows, columns or channels than input_shape")
        }
        let depths = try values.decode([Int].self, forKey: .encoderDepths)
        let downsample = try values.decodeIfPresent(Int.self, forKey: .downsample) ?? 2
        self.init(
            inFrames: input[0], outFrames: target[0], channels: input[3], imageSize: FrameSize(input[1], input[2]),
            stem: try values.stem(), widths: try values.widths(levels: depths.count, downsample: downsample),
            heads: try values.decode(Int.self, forKey: .heads), encoderDepths: depths,
            decoderDepths: try values.decode([Int].self, forKey: .decoderDepths))
        self.downsample = downsample
        positions = try values.decodeIfPresent(Positions.self, forKey: .positions) ?? .pixels
        globalVectors = try values.decodeIfPresent(Int.self, forKey: .globalVectors) ?? 0
        if globalVectors > 0 { try FixedOption.checkGlobals(decoder) }
        attentionDropRate = try values.decodeIfPresent(Double.self, forKey: .attentionDropRate) ?? attentionDropRate
        projectionDropRate = try values.decodeIfPresent(Double.self, forKey: .projectionDropRate) ?? projectionDropRate
        perceptronDropRate = try values.decodeIfPresent(Double.self, forKey: .perceptronDropRate) ?? perceptronDropRate
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode([inFrames, imageSize.height, imageSize.width, channels], forKey: .inputShape)
        try values.encode([outFrames, imageSize.height, imageSize.width, channels], forKey: .targetShape)
        try values.encode(widths.first ?? 0, forKey: .baseUnits)
        try values.encode(widths, forKey: .blockUnits)
        try values.encode(heads, forKey: .heads)
        try values.encode(encoderDepths, forKey: .encoderDepths)
        try values.encode(decoderDepths, forKey: .decoderDepths)
        try values.encode(downsample, forKey: .downsample)
        try values.encode(positions, forKey: .positions)
        try values.encode(globalVectors, forKey: .globalVectors)
        try values.encode(attentionDropRate, forKey: .attentionDropRate)
        try values.encode(projectionDropRate, forKey: .projectionDropRate)
        try values.encode(perceptronDropRate, forKey: .perceptronDropRate)
        try FixedOption.encodeGlobals(globalVectors > 0, to: encoder)
        switch stem {
        case .single(let scale, let layers, let finalLayers):
            try values.encode("conv", forKey: .stemType)
            try values.encode(scale, forKey: .scale)
            try values.encode(layers, forKey: .layers)
            try values.encode(finalLayers, forKey: .finalLayers)
        case .stacked(let stages):
            try values.encode("stack_conv", forKey: .stemType)
            try values.encode(stages.count, forKey: .stages)
            try values.encode(stages.map(\.width), forKey: .stageWidths)
            try values.encode(stages.map(\.scale), forKey: .stageScales)
            try values.encode(stages.map(\.layers), forKey: .stageLayers)
        }
    }
}

extension EarthformerConfiguration {
    /// All that may be named, those of one value among them.
    static var settingNames: [String] { CodingKeys.allCases.map(\.stringValue) + FixedOption.names }
}

extension KeyedDecodingContainer<EarthformerConfiguration.CodingKeys> {
    fileprivate func fault(_ key: Key, _ words: String) -> DecodingError {
        .dataCorruptedError(forKey: key, in: self, debugDescription: words)
    }

    fileprivate func shape(_ key: Key) throws -> [Int] {
        let shape = try decode([Int].self, forKey: key)
        guard shape.count == 4 else { throw fault(key, "has \(shape.count) numbers, not T, H, W and C") }
        return shape
    }

    fileprivate func widths(levels: Int, downsample: Int) throws -> [Int] {
        let base = try decode(Int.self, forKey: .baseUnits)
        if let widths = try decodeIfPresent([Int].self, forKey: .blockUnits) {
            guard widths.first == base else { throw fault(.blockUnits, "does not begin with base_units, \(base)") }
            return widths
        }
        let alpha = try decodeIfPresent(Double.self, forKey: .scaleAlpha) ?? 1
        let growth = pow(Double(max(1, downsample)), alpha)
        // The reference's `round_to` changes nothing. Beyond 2^20 no width is meant, and the product would not fit.
        return try (0..<levels).map { level in
            let factor = pow(growth, Double(level))
            guard factor < 1_048_576, (0..<1_048_576).contains(base) else {
                throw fault(.baseUnits, "a width of \(base) grows by \(factor), which no network has")
            }
            return base * Int(factor)
        }
    }

    fileprivate func stem() throws -> EarthformerConfiguration.Stem {
        let type = try decode(String.self, forKey: .stemType)
        switch type {
        case "conv":
            return .single(
                scale: try decodeIfPresent(FrameSize.self, forKey: .scale) ?? FrameSize(1, 1),
                layers: try decodeIfPresent(Int.self, forKey: .layers) ?? 2,
                finalLayers: try decodeIfPresent(Int.self, forKey: .finalLayers) ?? 2)
        case "stack_conv":
            let count = try decode(Int.self, forKey: .stages)
            let widths = try decode([Int].self, forKey: .stageWidths)
            let scales = try decode([Int].self, forKey: .stageScales)
            let layers = try decode([Int].self, forKey: .stageLayers)
            guard count > 0, [widths.count, scales.count, layers.count].allSatisfy({ $0 == count }) else {
                throw fault(.stages, "is \(count), but dim_list, downscale_list and num_conv_list have others")
            }
            return .stacked((0..<count).map { .init(width: widths[$0], scale: scales[$0], layers: layers[$0]) })
        default: throw fault(.stemType, "`\(type)` is neither conv nor stack_conv")
        }
    }
}

/// An option of the reference that has one value in all its shipped configurations; another one would be another network.
private struct FixedOption: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }

    private static let texts = [
        "self_pattern": "axial", "cross_self_pattern": "axial", "cross_pattern": "cross_1x1", "padding_type": "zeros",
        "norm_layer": "layer_norm", "ffn_activation": "gelu", "downsample_type": "patch_merge",
        "upsample_type": "upsample", "z_init_method": "zeros", "initial_downsample_activation": "leaky",
    ]
    private static let flags = [
        "enc_use_inter_ffn": true, "dec_use_inter_ffn": true, "dec_hierarchical_pos_embed": false,
        "use_dec_self_global": false, "use_dec_cross_global": false, "use_global_vector_ffn": false,
        "gated_ffn": false, "use_relative_pos": true, "self_attn_use_final_proj": true,
        "dec_use_first_self_attn": false,
    ]
    private static let numbers = ["global_dim_ratio": 1, "upsample_kernel_size": 3, "dec_cross_start": 0]
    /// Of networks with global vectors.
    private static let globals = ["use_global_self_attn": true, "separate_global_qkv": true]

    static var names: [String] {
        Array(texts.keys) + Array(flags.keys) + Array(numbers.keys) + Array(globals.keys) + ["dec_cross_last_n_frames"]
    }

    static func check(_ decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: FixedOption.self)
        try check(texts, values)
        try check(flags, values)
        try check(numbers, values)
        let last = FixedOption(stringValue: "dec_cross_last_n_frames")
        if values.contains(last), try !values.decodeNil(forKey: last) {
            throw refusal(last, "null", values)
        }
    }

    static func checkGlobals(_ decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: FixedOption.self)
        try check(globals, values)
    }

    static func encodeGlobals(_ has: Bool, to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: FixedOption.self)
        for name in globals.keys { try values.encode(has, forKey: FixedOption(stringValue: name)) }
    }

    private static func check<Value: Decodable & Equatable>(
        _ options: [String: Value], _ values: KeyedDecodingContainer<FixedOption>
    ) throws {
        for (name, only) in options {
            let key = FixedOption(stringValue: name)
            if let value = try values.decodeIfPresent(Value.self, forKey: key), value != only {
                throw refusal(key, "\(only)", values)
            }
        }
    }

    private static func refusal(_ key: FixedOption, _ only: String, _ values: KeyedDecodingContainer<FixedOption>)
        -> DecodingError
    {
        .dataCorruptedError(forKey: key, in: values, debugDescription: "only \(only) is known here")
    }
}
