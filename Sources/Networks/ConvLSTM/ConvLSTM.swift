public import Tensors

/// ConvLSTM: (B, T, C, H, W) to (B, T', C, H, W). MODELS 6 and 7; OpenSTL models/convlstm_model.py.
public struct ConvLSTM: RecurrentForecaster {
    public let parameters: Parameters
    public let configuration: RecurrentConfiguration
    private let cells: [ConvLSTMCell]
    private let last: Convolve

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: RecurrentConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check("ConvLSTM")
        try refuse(
            form.stride != 1, "the gates of ConvLSTM keep the size of the frames: stride is 1, not \(form.stride)")
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        let widths = [form.foldedChannels] + form.hidden
        cells = try form.hidden.indices.map { layer throws(TensorError) in
            try ConvLSTMCell(scope["cell_list"][layer], widths[layer], widths[layer + 1], form)
        }
        last = try Convolve(
            scope["conv_last"], widths[form.hidden.count], form.foldedChannels, side: 1, hasBias: false)
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try Recurrence(configuration).forecast(inputs, Steps(self), from: [])
    }

    public func trainingPass(inputs: Frames, targets: Frames, flags: Tensor) throws(TensorError) -> RecurrentPass {
        var state: [Tensor] = []
        let (emitted, expected) = try Recurrence(configuration)
            .taught(inputs, targets, flags: flags, Steps(self), &state)
        let total = try emitted.meanSquaredError(expected)
        return RecurrentPass(frames: emitted, loss: TrainingLoss(total: total, parts: ["mse": try total.detached()]))
    }

    /// The state is the hidden states of all layers, then their cells; empty before the first time step.
    private struct Steps: RecurrentCells {
        let cells: [ConvLSTMCell]
        /// All or none.
        let joined: [Tensor?]
        let last: Convolve
        let shared: [Tensor]

        init(_ network: ConvLSTM) throws(TensorError) {
            (cells, last) = (network.cells, network.last)
            joined = try cells.map { cell throws(TensorError) in try cell.joinedWeight() }
            let made = joined.compactMap { $0 }
            // Where weights are joined, time steps use them only so.
            let direct = network.parameters.trained.filter { made.isEmpty || $0.name.hasPrefix("conv_last.") }
            shared = direct.map(\.tensor) + made
        }

        func next(_ picture: Tensor, _ state: inout [Tensor]) throws(TensorError) -> Tensor {
            var x = picture
            var next: [(hidden: Tensor, cell: Tensor)] = []
            for (layer, cell) in cells.enumerated() {
                let past = state.isEmpty ? nil : (state[layer], state[cells.count + layer])
                next.append(try cell(x, after: past, joined: joined[layer]))
                x = next[layer].hidden
            }
            state = next.map(\.hidden) + next.map(\.cell)
            return try last(x)
        }
    }
}
