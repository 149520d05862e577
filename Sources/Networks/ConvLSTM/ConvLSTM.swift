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
        try Recurrence(configuration).forecast(inputs, memory(batch: inputs.extent(0)))
    }

    public func trainingPass(inputs: Tensor, targets: Tensor, flags: Tensor) throws(TensorError) -> RecurrentPass {
        var memory = try memory(batch: inputs.extent(0))
        let (emitted, expected) = try Recurrence(configuration).taught(inputs, targets, flags: flags, &memory)
        let total = try emitted.meanSquaredError(expected)
        return RecurrentPass(frames: emitted, loss: TrainingLoss(total: total, parts: ["mse": try total.detached()]))
    }

    private func memory(batch: Int) throws(TensorError) -> Memory {
        let size = configuration.folded
        let zeros = try configuration.hidden.map { hidden throws(TensorError) in
            try Tensor.zeros([batch, hidden, size.height, size.width], on: parameters.device)
        }
        let joined = try cells.map { cell throws(TensorError) in try cell.joinedWeight() }
        return Memory(cells: cells, joined: joined, last: last, hidden: zeros, cell: zeros)
    }

    private struct Memory: RecurrentMemory {
        let cells: [ConvLSTMCell]
        let joined: [Tensor?]
        let last: Convolve
        var hidden: [Tensor]
        var cell: [Tensor]

        mutating func next(_ picture: Tensor) throws(TensorError) -> Tensor {
            var x = picture
            for layer in cells.indices {
                (hidden[layer], cell[layer]) = try cells[layer](x, hidden[layer], cell[layer], joined: joined[layer])
                x = hidden[layer]
            }
            return try last(x)
        }
    }
}
