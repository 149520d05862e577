public import Networks
public import Tensors

/// What a training makes small.
public protocol Objective {
    /// In training; may draw what is dropped or hidden.
    ///
    /// - Parameter step: optimiser steps done before this one.
    func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int) throws(TensorError) -> Tensor

    /// Into how many parts a batch's training loss is cut, which add up; one is gone through, back too, before the next is
    /// begun, so that only one needs memory.
    var passes: Int { get }

    /// One of the parts.
    func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int, pass: Int) throws(TensorError)
        -> Tensor

    /// In evaluation; a mean over all values that are known.
    func validationLoss(of network: any Forecaster, _ batch: BatchTensors) throws(TensorError) -> Tensor
}

extension Objective {
    public var passes: Int { 1 }

    public func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int, pass: Int)
        throws(TensorError) -> Tensor
    {
        try trainingLoss(of: network, batch, step: step)
    }
}

/// The input frames from the input frames; METHOD 1.5.
public struct Reconstruction: Objective {
    public init() {}

    public func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int) throws(TensorError) -> Tensor
    {
        try network.trainingLoss(inputs: batch.inputs, targets: batch.inputs, step: step).total
    }

    public func validationLoss(of network: any Forecaster, _ batch: BatchTensors) throws(TensorError) -> Tensor {
        try network(batch.inputs.values, .evaluation).meanSquaredError(batch.inputs)
    }
}

/// The target frames from the input frames; METHOD 12.2.
public struct Prediction: Objective {
    public init() {}

    public func trainingLoss(of network: any Forecaster, _ batch: BatchTensors, step: Int) throws(TensorError) -> Tensor
    {
        try network.trainingLoss(inputs: batch.inputs, targets: batch.predicted(), step: step).total
    }

    public func validationLoss(of network: any Forecaster, _ batch: BatchTensors) throws(TensorError) -> Tensor {
        try network(batch.inputs.values, .evaluation).meanSquaredError(batch.predicted())
    }
}
