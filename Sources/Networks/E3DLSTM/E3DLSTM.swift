public import Tensors

/// E3D-LSTM: (B, T, C, H, W) to (B, T', C, H, W). MODELS 6 and 9; OpenSTL models/e3dlstm_model.py.
public struct E3DLSTM: RecurrentForecaster {
    public let parameters: Parameters
    public let configuration: RecurrentConfiguration
    private let cells: [E3DLSTMCell]
    private let last: Convolve

    /// - Throws: `.operands` where the settings make no network.
    public init(_ form: RecurrentConfiguration, on device: Device = .cpu) throws(TensorError) {
        try form.check("E3D-LSTM")
        let n = form.hidden[0]
        try refuse(
            form.hidden.contains { $0 != n },
            "the memory of E3D-LSTM goes through all layers, so num_hidden has equal numbers, not \(form.hidden)")
        parameters = Parameters(on: device)
        configuration = form
        let scope = parameters.root
        cells = try form.hidden.indices.map { layer throws(TensorError) in
            try E3DLSTMCell(scope["cell_list"][layer], layer == 0 ? form.foldedChannels : n, n, form)
        }
        var shape = Convolution(rank: 3)
        shape.stride = [2, 1, 1]
        last = try Convolve(scope["conv_last"], n, form.foldedChannels, kernel: [2, 1, 1], shape, hasBias: false)
    }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try Recurrence(configuration).forecast(inputs, memory(batch: inputs.extent(0)))
    }

    /// The sum of mean squared and mean absolute error.
    public func trainingPass(inputs: Tensor, targets: Tensor, flags: Tensor) throws(TensorError) -> RecurrentPass {
        var memory = try memory(batch: inputs.extent(0))
        let (emitted, expected) = try Recurrence(configuration).taught(inputs, targets, flags: flags, &memory)
        let squared = try emitted.meanSquaredError(expected)
        let absolute = try (emitted - expected).magnitude().mean()
        let loss = TrainingLoss(
            total: try squared + absolute, parts: ["mse": try squared.detached(), "l1": try absolute.detached()])
        return RecurrentPass(frames: emitted, loss: loss)
    }

    private func memory(batch: Int) throws(TensorError) -> Memory {
        let (form, device) = (configuration, parameters.device)
        let zeros = try Tensor.zeros([batch] + form.windowShape(form.hidden[0]), on: device)
        let frame = try Tensor.zeros([batch, form.foldedChannels, form.folded.height, form.folded.width], on: device)
        let sums = try cells.map { cell throws(TensorError) in try cell.memorySums(on: device) }
        let states = Array(repeating: E3DLSTMCell.State(hidden: zeros, cell: zeros), count: cells.count)
        return Memory(cells: cells, last: last, memorySums: sums, previous: frame, states: states)
    }

    private struct Memory: RecurrentMemory {
        let cells: [E3DLSTMCell]
        let last: Convolve
        let memorySums: [[Tensor]]
        /// The other frame of the window; 0 before the first.
        var previous: Tensor
        var states: [E3DLSTMCell.State]

        mutating func next(_ picture: Tensor) throws(TensorError) -> Tensor {
            var x = try Tensor.stacked([previous, picture], axis: 2)
            previous = picture
            for layer in cells.indices {
                states[layer] = try cells[layer](x, states[layer], memory: memorySums[layer])
                x = states[layer].hidden
            }
            return try last(x).squeezed(2)
        }
    }
}
