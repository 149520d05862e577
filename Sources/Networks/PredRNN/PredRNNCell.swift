internal import Tensors

/// One layer of PredRNN-V2, with a cell of its own and a memory that wanders through all layers. MODELS 8; OpenSTL
/// modules/predrnnv2_modules.py.
struct PredRNNCell {
    let inputGates: GateConvolution
    let hiddenGates: GateConvolution
    let memoryGates: GateConvolution
    let outputGate: GateConvolution
    let last: Convolve
    let hidden: Int

    init(_ scope: Parameters.Scope, _ inputs: Int, _ hidden: Int, _ form: RecurrentConfiguration) throws(TensorError) {
        inputGates = try GateConvolution(scope["conv_x"], inputs, 7 * hidden, form)
        hiddenGates = try GateConvolution(scope["conv_h"], hidden, 4 * hidden, form)
        memoryGates = try GateConvolution(scope["conv_m"], hidden, 3 * hidden, form)
        outputGate = try GateConvolution(scope["conv_o"], 2 * hidden, hidden, form)
        last = try Convolve(scope["conv_last"], 2 * hidden, hidden, side: 1, hasBias: false)
        self.hidden = hidden
    }

    struct Outcome {
        var hidden: Tensor
        var cell: Tensor
        var memory: Tensor
        /// What was written to the cell and to the memory.
        var cellChange: Tensor
        var memoryChange: Tensor
    }

    /// Input (B, in, h, w); hidden state, cell and memory (B, n, h, w).
    func callAsFunction(_ x: Tensor, _ hidden: Tensor, _ cell: Tensor, _ memory: Tensor) throws(TensorError) -> Outcome
    {
        let n = self.hidden
        let fromInput = try inputGates(x).split([3 * n, 3 * n, n], axis: 1)
        let fromHidden = try hiddenGates(hidden).split([3 * n, n], axis: 1)
        let cellSums = try fromInput[0] + fromHidden[0]
        let (nextCell, cellChange) = try updated(cell, by: cellSums)
        let memorySums = try fromInput[1] + memoryGates(memory)
        let (nextMemory, memoryChange) = try updated(memory, by: memorySums)
        let both = try Tensor.concatenated([nextCell, nextMemory], axis: 1)
        let output = try fromInput[2] + fromHidden[1] + outputGate(both)
        return Outcome(
            hidden: try output.sigmoid() * last(both).tanh(), cell: nextCell, memory: nextMemory,
            cellChange: cellChange, memoryChange: memoryChange)
    }

    /// Gates i, f and g, the forget gate with a bias of 1: the next state, and what was written to it.
    private func updated(_ state: Tensor, by sums: Tensor) throws(TensorError) -> (next: Tensor, change: Tensor) {
        let gates = try sums.chunks(3, axis: 1)
        let change = try gates[0].sigmoid() * gates[2].tanh()
        return (try (gates[1] + 1).sigmoid() * state + change, change)
    }
}
