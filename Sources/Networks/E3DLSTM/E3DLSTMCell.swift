internal import Tensors

/// One layer of E3D-LSTM. MODELS 9; OpenSTL modules/e3dlstm_modules.py.
struct E3DLSTMCell {
    let hiddenGates: DepthConvolution
    let inputGates: DepthConvolution
    let memoryGates: DepthConvolution
    let cellOutput: DepthConvolution
    let memoryOutput: DepthConvolution
    let norm: LayerNorm
    let last: Convolve
    let stateShape: [Int]

    init(_ scope: Parameters.Scope, _ inputs: Int, _ hidden: Int, _ form: RecurrentConfiguration) throws(TensorError) {
        stateShape = form.windowShape(hidden)
        norm = try LayerNorm(scope["_norm_c_t"], stateShape)
        inputGates = try DepthConvolution(scope["conv_x"], inputs, 7 * hidden, form)
        hiddenGates = try DepthConvolution(scope["conv_h"], hidden, 4 * hidden, form)
        memoryGates = try DepthConvolution(scope["conv_gm"], hidden, 4 * hidden, form)
        cellOutput = try DepthConvolution(scope["conv_new_cell"], hidden, hidden, form)
        memoryOutput = try DepthConvolution(scope["conv_new_gm"], hidden, hidden, form)
        last = try Convolve(
            scope["conv_last"]["conv3d"], 2 * hidden, hidden, kernel: [1, 1, 1], Convolution(rank: 3), hasBias: false)
    }

    /// What one layer carries on: both (B, n, 2, h, w), at the beginning 0.
    struct State {
        var hidden: Tensor
        var cell: Tensor
        /// The cells of all time steps before, the zero state first, as tokens: (B, time steps · 2·h·w, n).
        var history: Tensor?
    }

    /// The memory's gates i, f, g and m. The reference gives the old memory on, so it stays 0 and these are the same at every
    /// time step and for every sample: one is enough.
    func memorySums(on device: Device) throws(TensorError) -> [Tensor] {
        try memoryGates(.zeros([1] + stateShape, on: device)).chunks(4, axis: 1)
    }

    /// - Parameters:
    ///   - x: (B, in, 2, h, w).
    ///   - memory: see `memorySums`.
    func callAsFunction(_ x: Tensor, _ state: State, memory: [Tensor]) throws(TensorError) -> State {
        let (fromInput, fromHidden) = (
            try inputGates(x).chunks(7, axis: 1), try hiddenGates(state.hidden).chunks(4, axis: 1)
        )
        let sums = try (0..<4).map { gate throws(TensorError) in try fromInput[gate] + fromHidden[gate] }
        let (history, recalled) = try recall(sums[2].sigmoid(), state)
        let cell = try norm(state.cell + recalled) + sums[0].sigmoid() * sums[1].tanh()

        let write = try (fromInput[4] + memory[0]).sigmoid() * (fromInput[5] + memory[2]).tanh()
        let keep = try (fromInput[6] + memory[1] + 1).sigmoid() * memory[3].tanh()
        let nextMemory = try (keep + write).expanded([-1, -1, 2, -1, -1])

        let output = try (sums[3] + cellOutput(cell) + memoryOutput(nextMemory)).tanh()
        let hidden = try last(.concatenated([cell, nextMemory], axis: 1)).tanh() * output.sigmoid()
        return State(hidden: hidden, cell: cell, history: history)
    }

    /// Attention of the recall gate over all cells so far, unscaled; keys are values.
    private func recall(_ gate: Tensor, _ state: State) throws(TensorError) -> (history: Tensor, recalled: Tensor) {
        let current = try tokens(state.cell)
        let history =
            try state.history.map { past throws(TensorError) in
                try Tensor.concatenated([past, current], axis: 1)
            } ?? current
        let query = try tokens(gate.expanded([-1, -1, 2, -1, -1]))
        // One head, so that the form without a stored map is taken.
        let (keys, queries) = (try history.unsqueezed(1), try query.unsqueezed(1))
        let found = try queries.attention(key: keys, value: keys, scale: 1).reshaped([-1] + stateShape)
        return (history, found)
    }

    /// (B, n, 2, h, w) to (B, 2·h·w, n) as the reference reshapes it, without a permutation: a token is n neighbouring pixels
    /// of one channel.
    private func tokens(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.reshaped([x.extent(0), -1, stateShape[0]])
    }
}
