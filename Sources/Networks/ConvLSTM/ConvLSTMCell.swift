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

    /// Input (B, in, h, w) and the state (B, n, h, w) to the next hidden and cell state.
    ///
    /// - Parameters:
    ///   - past: the hidden and cell state; nil at the first time step, where both are 0 and need no convolution.
    ///   - joined: see `joinedWeight`.
    func callAsFunction(_ x: Tensor, after past: (hidden: Tensor, cell: Tensor)?, joined: Tensor?) throws(TensorError)
        -> (
            hidden: Tensor, cell: Tensor
        )
    {
        let gates = try sums(x, past?.hidden, joined).chunks(4, axis: 1)
        let written = try gates[0].sigmoid() * gates[2].tanh()
        let next = if let past { try gates[1].sigmoid() * past.cell + written } else { written }
        return (try gates[3].sigmoid() * next.tanh(), next)
    }

    private func sums(_ x: Tensor, _ hidden: Tensor?, _ joined: Tensor?) throws(TensorError) -> Tensor {
        switch (hidden, joined) {
        case (let hidden?, let joined?):
            try .concatenated([x, hidden], axis: 1).convolved(joined, nil, inputGates.convolve.form)
        // Of the joined weight, so that time steps share nothing else: see `Recomputation`.
        case (nil, let joined?):
            try x.convolved(joined.narrowed(1, 0..<x.extent(1)), nil, inputGates.convolve.form)
        case (let hidden?, nil): try inputGates(x) + hiddenGates(hidden)
        // A norm makes something of nothing.
        case (nil, nil): try inputGates(x) + hiddenGates(zeros(like: x))
        }
    }

    private func zeros(like x: Tensor) throws(TensorError) -> Tensor {
        try .zeros([x.extent(0), hiddenGates.convolve.weight.extent(1), x.extent(2), x.extent(3)], on: x.device)
    }
}
