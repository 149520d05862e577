internal import Tensors

/// x Wᵀ + b over the last axis.
struct Linear {
    let weight: Tensor
    let bias: Tensor?

    init(
        _ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, hasBias: Bool = true,
        initial: LayerInitial = .standard
    ) throws(TensorError) {
        weight = try scope.parameter("weight", [outputs, inputs], initial.weight(fanIn: inputs, fanOut: outputs))
        bias = hasBias ? try scope.parameter("bias", [outputs], initial.bias(fanIn: inputs)) : nil
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor { try x.linear(weight, bias) }
}
