import FoundationEssentials
import Networks

/// A network whose training steps are measured: 10 frames of one channel to 10, about a second a step on two cores.
struct BenchNetwork {
    var model: String
    /// JSON under the reference's names.
    var settings: String
    var batch: Int

    static func known(_ model: String) -> BenchNetwork? { all.first { $0.model == model } }

    /// Takes next to nothing.
    static let small = BenchNetwork(
        model: "vit",
        settings: #"{"img_size":8,"patch_size":4,"in_frames":1,"out_frames":1,"channels":1,"embed_dim":8,"depth":1,"#
            + #""num_heads":1}"#, batch: 1)

    static let all = [
        // 64 tokens.
        BenchNetwork(
            model: "vit",
            settings: #"{"img_size":128,"patch_size":16,"in_frames":10,"out_frames":10,"channels":1,"embed_dim":256,"#
                + #""depth":12,"num_heads":8}"#, batch: 16),
        // Swin-T at half its width.
        BenchNetwork(
            model: "swin",
            settings: #"{"img_size":64,"patch_size":4,"in_frames":10,"out_frames":10,"channels":1,"embed_dim":48,"#
                + #""depths":[2,2,6,2],"num_heads":[3,6,12,24],"window_size":4}"#, batch: 16),
        // A third of the reference's width.
        BenchNetwork(
            model: "rainformer",
            settings: #"{"image_size":64,"input_channel":10,"channels":1,"hidden_dim":32,"#
                + #""downscaling_factors":[4,2,2,2],"layers":[2,2,2,2],"heads":[1,2,4,8],"head_dim":32,"window_size":2}"#,
            batch: 4),
        // The one for SEVIR-LR, with global vectors as that for SEVIR.
        BenchNetwork(
            model: "earthformer",
            settings: #"{"input_shape":[10,64,64,1],"target_shape":[10,64,64,1],"base_units":64,"num_heads":4,"#
                + #""enc_depth":[1,1],"dec_depth":[1,1],"num_global_vectors":8,"use_global_self_attn":true,"#
                + #""separate_global_qkv":true,"pos_embed_type":"t+h+w","attn_drop":0.1,"proj_drop":0.1,"ffn_drop":0.1,"#
                + #""initial_downsample_type":"stack_conv","initial_downsample_stack_conv_num_layers":3,"#
                + #""initial_downsample_stack_conv_dim_list":[4,16,64],"#
                + #""initial_downsample_stack_conv_downscale_list":[1,2,2],"#
                + #""initial_downsample_stack_conv_num_conv_list":[2,2,2]}"#, batch: 1),
        // Half of OpenSTL's width.
        BenchNetwork(
            model: "convlstm",
            settings: recurrent + #""num_hidden":"64,64,64,64","reverse_scheduled_sampling":0}"#, batch: 2),
        BenchNetwork(
            model: "predrnnv2",
            settings: recurrent + #""num_hidden":"64,64,64","reverse_scheduled_sampling":1,"decouple_beta":0.1}"#,
            batch: 1),
        // A quarter of it.
        BenchNetwork(
            model: "e3dlstm", settings: recurrent + #""num_hidden":"32,32","reverse_scheduled_sampling":0}"#,
            batch: 1),
        // NuwaDynamics's run.
        BenchNetwork(
            model: "simvp",
            settings: #"{"in_shape":[10,1,64,64],"hid_S":32,"hid_T":64,"N_S":4,"N_T":8,"incep_ker":[3,5],"groups":8,"#
                + #""dropout":0.3}"#, batch: 1),
    ]

    private static let recurrent =
        #"{"in_shape":[10,1,64,64],"pre_seq_length":10,"aft_seq_length":10,"patch_size":4,"filter_size":5,"#
        + #""layer_norm":0,"stride":1,"#
}

/// The frames that a network's settings speak of, whatever it calls them.
struct BenchFrames: Decodable {
    /// T and T'.
    var inputs: Int
    var outputs: Int
    /// C, H, W.
    var picture: [Int]

    enum CodingKeys: String, CodingKey {
        case block = "input_shape"
        case targetBlock = "target_shape"
        case pictures = "in_shape"
        case outputs = "aft_seq_length"
        case imageSize = "img_size"
        case inFrames = "in_frames"
        case outFrames = "out_frames"
        case channels
        case rainSize = "image_size"
        case rainInputs = "input_channel"
    }

    init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let block = try values.decodeIfPresent([Int].self, forKey: .block), block.count == 4 {
            self.init(block[0], block[3], block[1], block[2])
            outputs = try values.decode([Int].self, forKey: .targetBlock).first ?? inputs
        } else if let shape = try values.decodeIfPresent([Int].self, forKey: .pictures), shape.count == 4 {
            self.init(shape[0], shape[1], shape[2], shape[3])
            outputs = try values.decodeIfPresent(Int.self, forKey: .outputs) ?? inputs
        } else {
            let channels = try values.decode(Int.self, forKey: .channels)
            let size = try values.decodeIfPresent(FrameSize.self, forKey: .rainSize)
            let frame = try size ?? values.decode(FrameSize.self, forKey: .imageSize)
            let all = try values.decodeIfPresent(Int.self, forKey: .rainInputs)
            self.init(
                try all.map { $0 / max(1, channels) } ?? values.decode(Int.self, forKey: .inFrames), channels,
                frame.height, frame.width)
        }
        outputs = try values.decodeIfPresent(Int.self, forKey: .outFrames) ?? outputs
    }

    private init(_ frames: Int, _ channels: Int, _ height: Int, _ width: Int) {
        (inputs, outputs, picture) = (frames, frames, [channels, height, width])
    }
}
