internal import DataBank
internal import Networks
internal import SpaceTime
internal import Streaming

/// The frames that a forecaster gets and gives.
struct ForecastShape: Hashable, Codable {
    /// T.
    var inputs: Int
    /// T'.
    var outputs: Int
    var channels: Int
    var frame: FrameSize

    /// Of the windows of a stream, without copies.
    ///
    /// - Throws: `.usage` where input and target frames differ, which no network here turns into each other.
    init(of source: BatchSource) throws(BankError) {
        let input = Array(source.inputShape.suffix(4))
        let target = source.targetShape
        guard target[0] > 0 else {
            throw BankError(.usage, "the plan has no target frames to predict; give --target 1 or more")
        }
        guard input[1...] == target[1...] else {
            throw BankError(
                .usage,
                "frames of `\(source.plan.inputField)` have the shape \(input[1...].words), those of "
                    + "`\(source.plan.targetField)` \(target[1...].words): the networks give frames of the shape they get; "
                    + "name fields of one shape, or --resize both")
        }
        (inputs, outputs, channels) = (input[0], target[0], input[1])
        frame = FrameSize(input[2], input[3])
    }

    init(inputs: Int, outputs: Int, channels: Int, frame: FrameSize) {
        (self.inputs, self.outputs, self.channels, self.frame) = (inputs, outputs, channels, frame)
    }
}

extension ForecastShape: CustomStringConvertible {
    var description: String { "\(inputs) to \(outputs) frames of \(channels)x\(frame)" }
}

extension Collection where Element == Int {
    /// `1x48x48`.
    var words: String { map(String.init).joined(separator: "x") }
}
