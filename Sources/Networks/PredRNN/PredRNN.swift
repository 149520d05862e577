public import Tensors

/// PredRNN-V2: (B, T, C, H, W) to (B, T', C, H, W). MODELS 6 and 8; OpenSTL models/predrnnv2_model.py.
public struct PredRNN: RecurrentForecaster {
    public let parameters: Parameters
    public let configuration: RecurrentConfiguration
    private let cells: [PredRNNCell]
    private let last: Convolve
    private let decoupling: DecouplingLoss

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: RecurrentConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check("PredRNN-V2")
        try refuse(
            form.stride != 1, "the gates of PredRNN-V2 keep the size of the frames: stride is 1, not \(form.stride)")
        let n = form.hidden[0]
        try refuse(
            form.hidden.contains { $0 != n },
            "the memory of PredRNN-V2 goes through all layers, so num_hidden has equal numbers, not \(form.hidden)")
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        cells = try form.hidden.indices.map { layer throws(TensorError) in
            try PredRNNCell(scope["cell_list"][layer], layer == 0 ? form.foldedChannels : n, n, form)
        }
        last = try Convolve(scope["conv_last"], n, form.foldedChannels, side: 1, hasBias: false)
        decoupling = try DecouplingLoss(scope["adapter"], n)
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try Recurrence(configuration).forecast(inputs, memory(batch: inputs.extent(0)))
    }

    public func trainingPass(inputs: Tensor, targets: Tensor, flags: Tensor) throws(TensorError) -> RecurrentPass {
        var memory = try memory(batch: inputs.extent(0))
        memory.changes = []
        let (emitted, expected) = try Recurrence(configuration).taught(inputs, targets, flags: flags, &memory)
        let error = try emitted.meanSquaredError(expected)
        let decouple = try decoupling(memory.changes ?? [])
        let loss = TrainingLoss(
            total: try error + decouple * configuration.decouplingWeight,
            parts: ["mse": try error.detached(), "decouple": try decouple.detached()])
        return RecurrentPass(frames: emitted, loss: loss)
    }

    private func memory(batch: Int) throws(TensorError) -> Memory {
        let size = configuration.folded
        let zeros = try Tensor.zeros([batch, configuration.hidden[0], size.height, size.width], on: parameters.device)
        let states = Array(repeating: zeros, count: cells.count)
        return Memory(cells: cells, last: last, hidden: states, cell: states, memory: zeros)
    }

    private struct Memory: RecurrentMemory {
        let cells: [PredRNNCell]
        let last: Convolve
        var hidden: [Tensor]
        var cell: [Tensor]
        /// From layer to layer, and from the last one to the first of the next time step.
        var memory: Tensor
        /// Kept in training only.
        var changes: [DecouplingLoss.Change]?

        mutating func next(_ picture: Tensor) throws(TensorError) -> Tensor {
            var x = picture
            for layer in cells.indices {
                let outcome = try cells[layer](x, hidden[layer], cell[layer], memory)
                (hidden[layer], cell[layer], memory) = (outcome.hidden, outcome.cell, outcome.memory)
                changes?.append(DecouplingLoss.Change(cell: outcome.cellChange, memory: outcome.memoryChange))
                x = outcome.hidden
            }
            return try last(x)
        }
    }
}
