import Foundation
import Networks
import Testing

/// MODELS 13: how many weights the configurations of the references have, 10 frames to 10 of one channel at 64x64.
@Suite struct ParameterCountTests {
    static let recurrent =
        #""in_shape": [10, 1, 64, 64], "pre_seq_length": 10, "aft_seq_length": 10, "num_hidden": "128,128,128,128", "#
        + #""filter_size": 5, "layer_norm": 0"#
    static let earthformer =
        #""input_shape": [10, 64, 64, 1], "target_shape": [10, 64, 64, 1], "num_heads": 4"#
    static let moving =
        earthformer + #", "base_units": 64, "pos_embed_type": "t+hw", "initial_downsample_type": "conv", "#
        + #""initial_downsample_scale": 2, "initial_downsample_conv_layers": 2, "final_upsample_conv_layers": 1"#

    private static func stacked(_ base: Int, _ widths: [Int], _ scales: [Int], globals: Int) -> String {
        earthformer + #", "base_units": \#(base), "pos_embed_type": "t+h+w", "initial_downsample_type": "stack_conv", "#
            + #""initial_downsample_stack_conv_num_layers": 3, "num_global_vectors": \#(globals), "#
            + #""initial_downsample_stack_conv_dim_list": \#(widths), "#
            + #""initial_downsample_stack_conv_downscale_list": \#(scales), "#
            + #""initial_downsample_stack_conv_num_conv_list": [2, 2, 2]"#
    }
    static let light = stacked(64, [4, 16, 64], [1, 2, 2], globals: 0)
    static let storms = stacked(128, [16, 64, 128], [1, 2, 2], globals: 8)

    static let cases: [(model: String, settings: String, count: Int)] = [
        ("convlstm", recurrent + #", "patch_size": 4"#, 15_083_520),
        ("convlstm", recurrent + #", "patch_size": 2"#, 14_928_384),
        ("predrnnv2", recurrent + #", "patch_size": 4"#, 23_855_104),
        ("e3dlstm", recurrent + #", "patch_size": 4"#, 51_347_456),
        ("simvp", #""in_shape": [10, 1, 64, 64], "hid_S": 32, "hid_T": 64, "incep_ker": [3, 5]"#, 312_385),
        ("earthformer", moving + #", "enc_depth": [4, 4], "dec_depth": [4, 4]"#, 6_702_109),
        ("earthformer", moving + #", "enc_depth": [2, 2], "dec_depth": [2, 2]"#, 3_230_349),
        ("earthformer", light + #", "enc_depth": [1, 1], "dec_depth": [1, 1]"#, 1_501_221),
        ("earthformer", light + #", "enc_depth": [2, 2], "dec_depth": [1, 1]"#, 2_244_781),
        ("earthformer", storms + #", "enc_depth": [1, 1], "dec_depth": [1, 1]"#, 8_647_493),
        ("earthformer", storms + #", "enc_depth": [2, 2], "dec_depth": [1, 1]"#, 14_069_709),
        ("rainformer", #""image_size": 64, "input_channel": 10, "window_size": 2"#, 161_569_852),
    ]

    @Test(arguments: cases.indices) func aNetworkHasAsManyWeightsAsItsReference(number: Int) throws {
        let (model, settings, count) = Self.cases[number]
        let network = try NetworkCatalogue.network(model, settings: Data("{\(settings)}".utf8))
        #expect(network.parameters.trainedCount == count)
    }
}
