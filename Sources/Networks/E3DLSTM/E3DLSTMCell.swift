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

    /// The memory's gates i, f, g and m. The reference gives the old memory on, so it stays 0 and these are the same at every
    /// time step and for every sample: one is enough.
    func memorySums(on device: Device) throws(TensorError) -> [Tensor] {
        try memoryGates(.zeros([1] + stateShape, on: device)).chunks(4, axis: 1)
    }

    /// Input (B, in, 2, h, w), hidden state and cell (B, n, 2, h, w), at the beginning 0, to the next hidden state and cell.
    ///
    /// - Parameters:
    ///   - history: the cells of all time steps so far, from the zero one to `cell`.
    ///   - memory: see `memorySums`.
    func callAsFunction(_ x: Tensor, _ hidden: Tensor, _ cell: Tensor, _ history: [Tensor], memory: [Tensor])
        throws(TensorError) -> (Tensor, Tensor)
    {
        let (fromInput, fromHidden) = (
            try inputGates(x).chunks(7, axis: 1), try hiddenGates(hidden).chunks(4, axis: 1)
        )
        let sums = try (0..<4).map { gate throws(TensorError) in try fromInput[gate] + fromHidden[gate] }
        let recalled = try recall(sums[2].sigmoid(), history)
        let nextCell = try norm(cell + recalled) + sums[0].sigmoid() * sums[1].tanh()

        let write = try (fromInput[4] + memory[0]).sigmoid() * (fromInput[5] + memory[2]).tanh()
        let keep = try (fromInput[6] + memory[1] + 1).sigmoid() * memory[3].tanh()
        let nextMemory = try (keep + write).expanded([-1, -1, 2, -1, -1])

        let output = try (sums[3] + cellOutput(nextCell) + memoryOutput(nextMemory)).tanh()
        let nextHidden = try last(.concatenated([nextCell, nextMemory], axis: 1)).tanh() * output.sigmoid()
        return (nextHidden, nextCell)
    }

    /// Attention of the recall gate over all cells so far, unscaled; keys are values.
    private func recall(_ gate: Tensor, _ history: [Tensor]) throws(TensorError) -> Tensor {
        let cells = try history.map { cell throws(TensorError) in try tokens(cell) }
        let keys = try Tensor.concatenated(cells, axis: 1).unsqueezed(1)
        let queries = try tokens(gate.expanded([-1, -1, 2, -1, -1]))
        // As heads, so that the form without a stored map is taken. On the way back a head of a sample is one thread's, so that
        // there are as many as it needs; each costs gradients of all keys.
        var heads = 1
        while heads < 4, queries.extent(0) * heads < Engine.threadCount, queries.extent(1) % (2 * heads) == 0 {
            heads *= 2
        }
        let parts = try queries.reshaped([queries.extent(0), heads, -1, stateShape[0]])
        let seen = try heads == 1 ? keys : keys.expanded([-1, heads, -1, -1])
        return try parts.attention(key: seen, value: seen, scale: 1).reshaped([-1] + stateShape)
    }

    /// (B, n, 2, h, w) to (B, 2·h·w, n) as the reference reshapes it, without a permutation: a token is n neighbouring pixels
    /// of one channel.
    private func tokens(_ x: Tensor) throws(TensorError) -> Tensor {
        try x.reshaped([x.extent(0), -1, stateShape[0]])
    }
}
