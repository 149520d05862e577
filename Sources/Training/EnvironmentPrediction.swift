public import Networks
public import Tensors

/// The target frames from the input frames of every environment: the original and its copies side by side, which share one
/// target. The loss is the mean over environments, or weighted by a prior. METHOD 5.3.
public struct EnvironmentPrediction: Objective {
    /// E: the original and N copies.
    public let environments: Int
    /// P(e) for each environment, in order; nil where all are alike.
    public let prior: [Double]?
    /// Whether one environment goes forward and back before the next: less memory, and the only way to weigh losses that a
    /// network makes of a whole batch. Batch statistics are then those of one environment.
    public let isOneByOne: Bool

    /// - Parameter prior: as many numbers as environments, at least 0, with the sum 1.
    public init(environments: Int, prior: [Double]? = nil, isOneByOne: Bool = false) {
        precondition(environments > 0, "there is always the original")
        precondition(prior.map { $0.count == environments } ?? true, "a prior has a number for each environment")
        self.environments = environments
        self.prior = prior
        self.isOneByOne = isOneByOne || prior != nil
    }

    public var passes: Int { isOneByOne ? environments : 1 }

    public func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int) throws(TensorError) -> Tensor
    {
        let inputs = try batch.inputs.moved { x throws(TensorError) in try x.flattened(0, 1) }
        let targets = try batch.predicted().moved { x throws(TensorError) in try x.repeated(environments, axis: 0) }
        return try network.trainingLoss(inputs: inputs, targets: targets, step: step).total
    }

    public func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int, pass: Int)
        throws(TensorError) -> Tensor
    {
        guard isOneByOne else { return try trainingLoss(of: network, batch, step: step) }
        let inputs = try batch.inputs.moved { x throws(TensorError) in try x.selected(1, pass) }
        let loss = try network.trainingLoss(inputs: inputs, targets: batch.predicted(), step: step).total
        return try loss * (prior?[pass] ?? 1 / Double(environments))
    }

    /// Of the originals alone: what is held out is never changed.
    public func validationLoss(of network: any Forecaster, _ batch: BatchTensors) throws(TensorError) -> Tensor {
        try Prediction().validationLoss(of: network, batch)
    }
}
