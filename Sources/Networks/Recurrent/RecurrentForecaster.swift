public import Tensors

/// A network that goes through time frame by frame, and learns from every frame it emits on the way. MODELS 6.
public protocol RecurrentForecaster: Forecaster {
    var configuration: RecurrentConfiguration { get }

    /// One pass of training over the frames (B, T, C, H, W) and (B, T', C, H, W).
    ///
    /// - Parameter flags: 1 where a time step is shown the true frame, 0 where the network's own: (B, T' - 1), or
    ///   (B, T + T' - 2) in reverse scheduled sampling.
    func trainingPass(inputs: Tensor, targets: Tensor, flags: Tensor) throws(TensorError) -> RecurrentPass
}

/// What a recurrent network gave while training.
public struct RecurrentPass {
    /// The frames 1 to T + T' - 1 as emitted: (B, T + T' - 1, C, H, W).
    public var frames: Tensor
    public var loss: TrainingLoss
}

extension RecurrentForecaster {
    /// With flags drawn as the schedule wants them at this step.
    public func trainingLoss(inputs: Tensor, targets: Tensor, step: Int) throws(TensorError) -> TrainingLoss {
        let form = configuration
        let flags = try form.sampling.flags(at: step, batch: inputs.extent(0), form, on: inputs.device)
        return try trainingPass(inputs: inputs, targets: targets, flags: flags).loss
    }
}
