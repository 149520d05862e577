public import Tensors

/// A network from input frames (B, T, C, H, W) to predicted frames (B, T', C, H, W).
public protocol Forecaster {
    /// Every parameter and buffer under its reference name.
    var parameters: Parameters { get }

    func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor

    /// What training makes small, and its parts by name; the parts are for people and take no part in differentiation.
    ///
    /// - Parameter step: optimiser steps done before this one; recurrent networks feed back more of their own output as it
    ///   grows.
    func trainingLoss(inputs: Frames, targets: Frames, step: Int) throws(TensorError) -> TrainingLoss
}

/// A number to make small, and what it is made of.
public struct TrainingLoss {
    public var total: Tensor
    public var parts: [String: Tensor]

    public init(total: Tensor, parts: [String: Tensor]) {
        self.total = total
        self.parts = parts
    }
}

extension Forecaster {
    /// The mean squared error over all values that are known.
    public func trainingLoss(inputs: Frames, targets: Frames, step: Int) throws(TensorError) -> TrainingLoss {
        let total = try self(inputs.values, .training).meanSquaredError(targets)
        return TrainingLoss(total: total, parts: ["mse": try total.detached()])
    }

    /// Of frames that are known everywhere.
    public func trainingLoss(inputs: Tensor, targets: Tensor, step: Int) throws(TensorError) -> TrainingLoss {
        try trainingLoss(inputs: Frames(inputs), targets: Frames(targets), step: step)
    }
}

/// A network that can say where it looked.
public protocol AttentionSource: Forecaster {
    /// As the plain call, noting the attention of every block in the order of evaluation.
    func callAsFunction(_ inputs: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError) -> Tensor

    /// How much each block, in the order of evaluation, looks at each patch. No whole map outlives its block.
    func patchScores(_ inputs: Tensor) throws(TensorError) -> [BlockScores]
}

extension AttentionSource {
    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try self(inputs, mode, noting: nil)
    }

    /// The softmax maps of all blocks in evaluation mode: (B, heads, L, L), for windows (B·windows, heads, M², M²).
    public func attentionMaps(_ inputs: Tensor) throws(TensorError) -> [AttentionRecord.Entry] {
        try noted(inputs, .maps)
    }

    /// The column sums of all maps, mean over heads: (B, L), for windows (B·windows, M²). One map is held at a time.
    public func columnSums(_ inputs: Tensor) throws(TensorError) -> [AttentionRecord.Entry] {
        try noted(inputs, .columnSums)
    }

    private func noted(_ inputs: Tensor, _ kind: AttentionRecord.Kind) throws(TensorError) -> [AttentionRecord.Entry] {
        let record = AttentionRecord(kind)
        try withoutGradients { () throws(TensorError) in _ = try self(inputs, .evaluation, noting: record) }
        return record.entries
    }
}
