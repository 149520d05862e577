internal import Networks
internal import SpaceTime

/// How networks of one kind are told the size of their frames, and which settings follow from it.
enum NetworkFamily: Hashable {
    case vit, swin, rainformer, earthformer, recurrent, simvp

    static let names = ["vit", "swin", "rainformer", "earthformer", "convlstm", "predrnnv2", "e3dlstm", "simvp"]

    init?(_ model: String) {
        switch model {
        case "vit": self = .vit
        case "swin": self = .swin
        case "rainformer": self = .rainformer
        case "earthformer": self = .earthformer
        case "convlstm", "predrnnv2", "e3dlstm": self = .recurrent
        case "simvp": self = .simvp
        default: return nil
        }
    }

    /// The settings that say the frames' size and number.
    func sizes(_ shape: ForecastShape) -> [String: JSONValue] {
        let (height, width) = (shape.frame.height, shape.frame.width)
        let side = JSONValue.array([number(height), number(width)])
        switch self {
        case .vit, .swin:
            return [
                "img_size": side, "in_frames": number(shape.inputs), "out_frames": number(shape.outputs),
                "channels": number(shape.channels),
            ]
        case .rainformer:
            return [
                "image_size": side, "input_channel": number(shape.inputs * shape.channels),
                "channels": number(shape.channels), "out_frames": number(shape.outputs),
            ]
        case .earthformer:
            let block = { (frames: Int) in
                JSONValue.array([frames, height, width, shape.channels].map { .integer(Int64($0)) })
            }
            return ["input_shape": block(shape.inputs), "target_shape": block(shape.outputs)]
        case .recurrent:
            return [
                "in_shape": pictures(shape), "pre_seq_length": number(shape.inputs),
                "aft_seq_length": number(shape.outputs),
            ]
        case .simvp: return ["in_shape": pictures(shape), "out_frames": number(shape.outputs)]
        }
    }

    /// Settings that follow from the size of frames where nobody chose them, the best first.
    func guesses(for frame: FrameSize) -> [[String: JSONValue]] {
        let side = min(frame.height, frame.width)
        // METHOD 1.2: about eight patches a side.
        let patch = 4 * max(1, Int((Double(side) / 32).rounded()))
        switch self {
        case .vit: return [["patch_size": number(patch)]]
        case .swin: return windows.map { ["patch_size": number(patch / 2), "window_size": number($0)] }
        case .rainformer:
            return [[2, 2, 2, 2], [2, 2, 2, 1]].flatMap { factors in
                windows.map { ["downscaling_factors": .array(factors.map(number)), "window_size": number($0)] }
            }
        case .recurrent: return [["patch_size": number(side >= 32 ? 4 : 2)]]
        case .earthformer, .simvp: return [[:]]
        }
    }

    private var windows: [Int] { [4, 3, 5, 2, 6, 7, 8] }

    private func pictures(_ shape: ForecastShape) -> JSONValue {
        .array([shape.inputs, shape.channels, shape.frame.height, shape.frame.width].map(number))
    }

    private func number(_ value: Int) -> JSONValue { .integer(Int64(value)) }
}
