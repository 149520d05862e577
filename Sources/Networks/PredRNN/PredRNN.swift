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
        try Recurrence(configuration)
            .forecast(inputs, Steps(self, keepsChanges: false), from: zeros(batch: inputs.extent(0)))
    }

    public func trainingPass(inputs: Frames, targets: Frames, flags: Tensor) throws(TensorError) -> RecurrentPass {
        let steps = Steps(self, keepsChanges: true)
        var state = try zeros(batch: inputs.values.extent(0))
        let (emitted, expected) = try Recurrence(configuration).taught(inputs, targets, flags: flags, steps, &state)
        let error = try emitted.meanSquaredError(expected)
        let decouple = try decoupling(steps.changes(in: state))
        let loss = TrainingLoss(
            total: try error + decouple * configuration.decouplingWeight,
            parts: ["mse": try error.detached(), "decouple": try decouple.detached()])
        return RecurrentPass(frames: emitted, loss: loss)
    }

    private func zeros(batch: Int) throws(TensorError) -> [Tensor] {
        let size = configuration.folded
        let zeros = try Tensor.zeros([batch, configuration.hidden[0], size.height, size.width], on: parameters.device)
        return Array(repeating: zeros, count: 2 * cells.count + 1)
    }

    /// The state is the hidden states of all layers, their cells, and the memory, which goes from layer to layer, and from the
    /// last one to the first of the next time step. What layers wrote to cell and memory follows, where it is kept.
    private struct Steps: RecurrentCells {
        let cells: [PredRNNCell]
        let last: Convolve
        let shared: [Tensor]
        let keepsChanges: Bool

        init(_ network: PredRNN, keepsChanges: Bool) {
            (cells, last) = (network.cells, network.last)
            shared = network.parameters.trained.map(\.tensor)
            self.keepsChanges = keepsChanges
        }

        func next(_ picture: Tensor, _ state: inout [Tensor]) throws(TensorError) -> Tensor {
            let memory = 2 * cells.count
            var x = picture
            for (hidden, cell) in cells.indices.map({ ($0, cells.count + $0) }) {
                let outcome = try cells[hidden](x, state[hidden], state[cell], state[memory])
                (state[hidden], state[cell], state[memory]) = (outcome.hidden, outcome.cell, outcome.memory)
                if keepsChanges { state += [outcome.cellChange, outcome.memoryChange] }
                x = outcome.hidden
            }
            return try last(x)
        }

        func changes(in state: [Tensor]) -> [DecouplingLoss.Change] {
            stride(from: 2 * cells.count + 1, to: state.count, by: 2)
                .map { DecouplingLoss.Change(cell: state[$0], memory: state[$0 + 1]) }
        }
    }
}
