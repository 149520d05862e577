internal import Tensors

/// A convolution over two or three axes, also a transposed one: (B, in, …) to (B, out, …).
struct Convolve {
    let weight: Tensor
    let bias: Tensor?
    let form: Convolution

    /// - Parameter kernel: one number an axis.
    init(
        _ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, kernel: [Int], _ form: Convolution,
        hasBias: Bool = true, initial: LayerInitial = .standard
    ) throws(TensorError) {
        precondition(inputs % form.groups == 0 && outputs % form.groups == 0, "channels are no multiple of groups")
        let area = kernel.reduce(1, *)
        let (first, second) = form.isTransposed ? (inputs, outputs) : (outputs, inputs)
        // PyTorch takes the fans from the axes of the weight, also where it is transposed.
        let (fanIn, fanOut) = (second / form.groups * area, first * area)
        let start = initial.weight(fanIn: fanIn, fanOut: fanOut)
        weight = try scope.parameter("weight", [first, second / form.groups] + kernel, start)
        bias = hasBias ? try scope.parameter("bias", [outputs], initial.bias(fanIn: fanIn)) : nil
        self.form = form
    }

    /// A square kernel over two axes.
    init(
        _ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, side: Int, stride: Int = 1, padding: Int = 0,
        hasBias: Bool = true, initial: LayerInitial = .standard
    ) throws(TensorError) {
        try self.init(
            scope, inputs, outputs, kernel: [side, side], Convolution(stride: stride, padding: padding),
            hasBias: hasBias, initial: initial)
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor { try x.convolved(weight, bias, form) }
}
