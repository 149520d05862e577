internal import Tensors

/// One layer of ConvLSTM: no peepholes and no forget bias, as in OpenSTL modules/convlstm_modules.py. MODELS 7.
struct ConvLSTMCell {
    let inputGates: GateConvolution
    let hiddenGates: GateConvolution

    init(_ scope: Parameters.Scope, _ inputs: Int, _ hidden: Int, _ form: RecurrentConfiguration) throws(TensorError) {
        inputGates = try GateConvolution(scope["conv_x"], inputs, 4 * hidden, form)
        hiddenGates = try GateConvolution(scope["conv_h"], hidden, 4 * hidden, form)
        // Of the reference's state_dict, which never uses them.
        _ = try GateConvolution(scope["conv_o"], 2 * hidden, hidden, form)
        _ = try Convolve(scope["conv_last"], 2 * hidden, hidden, side: 1, hasBias: false)
    }

    /// The weights of both convolutions side by side: one convolution of input and hidden state then makes the sum of both.
    /// Once for all time steps; nil where a norm stands between.
    func joinedWeight() throws(TensorError) -> Tensor? {
        guard inputGates.norm == nil else { return nil }
        return try .concatenated([inputGates.convolve.weight, hiddenGates.convolve.weight], axis: 1)
    }

    /// Input (B, in, h, w), hidden and cell state (B, n, h, w) to the next hidden and cell state.
    ///
    /// - Parameter joined: see `joinedWeight`.
    func callAsFunction(_ x: Tensor, _ hidden: Tensor, _ cell: Tensor, joined: Tensor?) throws(TensorError) -> (
        Tensor, Tensor
    ) {
        let sums =
            if let joined {
                try Tensor.concatenated([x, hidden], axis: 1).convolved(joined, nil, inputGates.convolve.form)
            } else {
                try inputGates(x) + hiddenGates(hidden)
            }
        let gates = try sums.chunks(4, axis: 1)
        let (keep, write) = try (gates[1].sigmoid(), gates[0].sigmoid())
        let next = try keep * cell + write * gates[2].tanh()
        return (try gates[3].sigmoid() * next.tanh(), next)
    }
}
