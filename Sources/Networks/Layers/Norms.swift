internal import Tensors

/// Normalises over the last axes.
struct LayerNorm {
    let weight: Tensor
    let bias: Tensor
    let epsilon: Double

    init(_ scope: Parameters.Scope, _ shape: [Int], epsilon: Double = 1e-5) throws(TensorError) {
        weight = try scope.parameter("weight", shape, .constant(1))
        bias = try scope.parameter("bias", shape, .constant(0))
        self.epsilon = epsilon
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.layerNorm(weight, bias, epsilon: epsilon)
    }
}

/// Normalises groups of channels of (B, C, …).
struct GroupNorm {
    let groups: Int
    let weight: Tensor
    let bias: Tensor

    init(_ scope: Parameters.Scope, groups: Int, _ channels: Int) throws(TensorError) {
        precondition(channels % groups == 0, "\(channels) channels in \(groups) groups")
        self.groups = groups
        weight = try scope.parameter("weight", [channels], .constant(1))
        bias = try scope.parameter("bias", [channels], .constant(0))
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.groupNorm(groups: groups, weight, bias, epsilon: 1e-5)
    }
}

/// Normalises channels of (B, C, H, W): by the batch in training, by running statistics in evaluation.
struct BatchNorm {
    let weight: Tensor
    let bias: Tensor
    let runningMean: Tensor
    let runningVariance: Tensor
    let batchCount: Tensor

    init(_ scope: Parameters.Scope, _ channels: Int) throws(TensorError) {
        weight = try scope.parameter("weight", [channels], .constant(1))
        bias = try scope.parameter("bias", [channels], .constant(0))
        runningMean = try scope.buffer("running_mean", .zeros([channels]))
        runningVariance = try scope.buffer("running_var", .full([channels], 1))
        batchCount = try scope.buffer("num_batches_tracked", .zeros([], .int64))
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        if mode.usesBatchStatistics { try batchCount.add(.full([], 1, .int64, on: batchCount.device)) }
        return try x.batchNorm(
            weight, bias, runningMean: runningMean, runningVariance: runningVariance,
            isTraining: mode.usesBatchStatistics, momentum: 0.1, epsilon: 1e-5)
    }
}
