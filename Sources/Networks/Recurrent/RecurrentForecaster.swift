public import Tensors

/// A network that goes through time frame by frame, and learns from every frame it emits on the way. MODELS 6.
public protocol RecurrentForecaster: Forecaster {
    var configuration: RecurrentConfiguration { get }

    /// One pass of training over the frames (B, T, C, H, W) and (B, T', C, H, W).
    ///
    /// - Parameter flags: 1 where a time step is shown the true frame, 0 where the network's own: (B, T' - 1), or
    ///   (B, T + T' - 2) in reverse scheduled sampling.
    func trainingPass(inputs: Frames, targets: Frames, flags: Tensor) throws(TensorError) -> RecurrentPass
}

/// What a recurrent network gave while training.
public struct RecurrentPass {
    /// The frames 1 to T + T' - 1 as emitted: (B, T + T' - 1, C, H, W).
    public var frames: Tensor
    public var loss: TrainingLoss
}

extension RecurrentForecaster {
    /// With flags drawn as the schedule wants them at this step.
    public func trainingLoss(inputs: Frames, targets: Frames, step: Int) throws(TensorError) -> TrainingLoss {
        let (form, shown) = (configuration, inputs.values)
        let flags = try form.sampling.flags(at: step, batch: shown.extent(0), form, on: shown.device)
        return try trainingPass(inputs: inputs, targets: targets, flags: flags).loss
    }

    /// Of frames that are known everywhere.
    public func trainingPass(inputs: Tensor, targets: Tensor, flags: Tensor) throws(TensorError) -> RecurrentPass {
        try trainingPass(inputs: Frames(inputs), targets: Frames(targets), flags: flags)
    }
}
