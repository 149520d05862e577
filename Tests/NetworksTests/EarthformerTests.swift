import Foundation
import Networks
import Tensors
import Testing

/// Earthformer beyond what golden files hold: other settings, initial values, what is refused.
@Suite struct EarthformerTests {
    /// Frames whose sides divide nowhere, T' of several pieces of T, global vectors.
    static var form: EarthformerConfiguration {
        var form = EarthformerConfiguration(
            inFrames: 2, outFrames: 5, channels: 2, imageSize: FrameSize(13, 22),
            stem: .stacked([.init(width: 4, scale: 3, layers: 1), .init(width: 8, scale: 2, layers: 2)]),
            widths: [8, 16], heads: 2, encoderDepths: [1, 2], decoderDepths: [1, 2])
        form.globalVectors = 3
        return form
    }

    private func frames(_ shape: [Int]) throws -> Tensor {
        let frames = try Tensor.empty(shape)
        try frames.fillUniformly(0...1)
        return frames
    }

    @Test(arguments: [1, 2, 3, 5]) func anyNumberOfFramesIsForecast(count: Int) throws {
        var form = Self.form
        form.outFrames = count
        let network = try Earthformer(form)
        #expect(try network(frames([3, 2, 2, 13, 22]), .evaluation).shape == [3, count, 2, 13, 22])
    }

    @Test func samplesOfABatchAreForecastIndependently() throws {
        let network = try Earthformer(Self.form)
        let both = try frames([2, 2, 2, 13, 22])
        let together = try network(both, .evaluation).values(as: Float.self)
        let apart = try both.chunks(2, axis: 0).flatMap { try network($0, .evaluation).values(as: Float.self) }
        #expect(zip(together, apart).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    @Test func trainingDropsAndEvaluationDoesNot() throws {
        let network = try Earthformer(Self.form)
        let x = try frames([1, 2, 2, 13, 22])
        func difference(_ mode: Mode) throws -> Double {
            try (network(x, mode) - network(x, mode)).magnitude().largest().item()
        }
        #expect(try difference(.evaluation) == 0)
        #expect(try difference(.trainingWithoutDropout) == 0)
        #expect(try difference(.training) > 0)
    }

    /// MODELS 5: deviations of the initial values; a number f above 1 stands for 1/√f, negative ones for PyTorch's own 1/√3f.
    static let initials: [(name: String, value: Double)] = [
        ("encoder.blocks.0.0.attn_l.0.qkv.weight", 64), ("encoder.blocks.0.0.ffn_l.2.ffn_2.weight", 256),
        ("encoder.down_layers.0.reduction.weight", 256), ("z_proj.weight", 128),
        ("decoder.upsample_layers.0.conv.weight", 64 * 9 * 1.01 / 2),
        ("final_decoder.upsample.conv.weight", 64 * 9 * 1.01 / 2),
        ("enc_pos_embed.HW_embed.weight", 0.02), ("init_global_vectors", 0.02),
        ("initial_encoder.conv_block.3.weight", -64 * 9), ("encoder.down_layer_global_proj.0.weight", -64),
        ("encoder.blocks.0.0.attn_l.1.global_proj.weight", -64),
    ]

    @Test func initialValuesFollowTheReferencesRules() throws {
        var form = EarthformerConfiguration(
            inFrames: 4, outFrames: 4, channels: 1, imageSize: FrameSize(32, 32),
            stem: .single(scale: FrameSize(2, 2), layers: 2, finalLayers: 1), widths: [64, 128], heads: 4,
            encoderDepths: [1, 1], decoderDepths: [1, 1])
        (form.globalVectors, form.positions) = (64, .pixels)
        let parameters = try Earthformer(form).parameters
        for (name, rule) in Self.initials {
            let value = rule > 1 ? 1 / rule.squareRoot() : rule < 0 ? 1 / (-3 * rule).squareRoot() : rule
            let found = try #require(parameters[name]).variance().squareRoot().item()
            #expect(abs(found / value - 1) < 0.05, "\(name): \(found), not \(value)")
        }
        for name in ["z_proj.bias", "decoder.upsample_layers.0.conv.bias", "encoder.blocks.0.0.attn_l.0.proj.bias"] {
            #expect(try #require(parameters[name]).magnitude().largest().item() == 0)
        }
        #expect(try #require(parameters["initial_encoder.conv_block.0.bias"]).magnitude().largest().item() > 0)
    }

    @Test(arguments: [true, false]) func settingsComeBackFromJSON(isStacked: Bool) throws {
        var form = Self.form
        form.positions = .pixels
        if !isStacked { form.stem = .single(scale: FrameSize(2, 1), layers: 1, finalLayers: 0) }
        let text = try JSONEncoder().encode(form)
        #expect(try JSONDecoder().decode(EarthformerConfiguration.self, from: text) == form)
    }

    @Test(arguments: [
        (#""padding_type": "ignore""#, "padding_type"), (#""use_dec_self_global": true"#, "use_dec_self_global"),
        (#""self_pattern": "video_swin_2x8""#, "only axial is known here"),
        (#""dec_cross_last_n_frames": 2"#, "only null is known here"),
        (#""num_global_vectors": 4, "separate_global_qkv": false"#, "only true is known here"),
        (#""block_units": [4, 8]"#, "does not begin with base_units, 16"),
        (#""target_shape": [2, 16, 8, 1]"#, "has other rows, columns or channels than input_shape"),
    ])
    func optionsThatNoShippedConfigurationUsesAreRefused(option: String, words: String) throws {
        let target = option.contains("target_shape") ? "" : #""target_shape": [2, 16, 16, 1],"#
        let text =
            #"{"input_shape": [2, 16, 16, 1], \#(target) "base_units": 16, "num_heads": 2, "enc_depth": [1], "#
            + #""dec_depth": [1], "initial_downsample_type": "conv", \#(option)}"#
        let error = #expect(throws: TensorError.self) {
            try NetworkCatalogue.network("earthformer", settings: Data(text.utf8))
        }
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func sizesThatMakeNoNetworkAreRefusedWithReasons() throws {
        func message(_ change: (inout EarthformerConfiguration) -> Void) throws -> String {
            var form = Self.form
            change(&form)
            return #expect(throws: TensorError.self) { try Earthformer(form) }?.message ?? ""
        }
        #expect(try message { $0.heads = 3 }.contains("a width of 8 cannot be shared by 3 heads"))
        #expect(try message { $0.decoderDepths = [1] }.contains("[1] do not fit"))
        #expect(try message { $0.stem = .stacked([.init(width: 6, scale: 1, layers: 1)]) }.contains("base_units is 8"))
        #expect(
            try message { $0.stem = .single(scale: FrameSize(1, 1), layers: 1, finalLayers: 1) }
                .contains("a multiple, not 8"))
        #expect(try message { $0.perceptronDropRate = 1 }.contains("from 0 to below 1"))
        let network = try Earthformer(Self.form)
        let error = #expect(throws: TensorError.self) { try network(.zeros([1, 2, 2, 13, 23]), .evaluation) }
        #expect(error?.message.contains("[2, 2, 13, 22], not [1, 2, 2, 13, 23]") == true)
    }
}
