internal import Networks
internal import SpaceTime

extension Preset {
    /// The network's settings made to fit windows of these frames: JSON under the reference's names.
    ///
    /// Where the chosen sizes do not divide the frame, it is the next larger one that they divide.
    ///
    /// - Parameters:
    ///   - inputs: T.
    ///   - outputs: T'.
    ///   - picture: C, H, W.
    /// - Throws: `.usage` where no frame near it makes a network of these settings.
    package func settings(of model: String, inputs: Int, outputs: Int, picture: [Int]) throws -> String {
        precondition(picture.count == 3, "a picture is C, H, W, not \(picture)")
        let shape = ForecastShape(
            inputs: inputs, outputs: outputs, channels: picture[0], frame: FrameSize(picture[1], picture[2]))
        return try NetworkForm(model, network, shape).settings.canonicalText
    }
}
