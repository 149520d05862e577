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
        try Recurrence(configuration).forecast(inputs, Steps(self), from: zeros(batch: inputs.extent(0)))
    }

    /// The sum of mean squared and mean absolute error.
    public func trainingPass(inputs: Frames, targets: Frames, flags: Tensor) throws(TensorError) -> RecurrentPass {
        var state = try zeros(batch: inputs.values.extent(0))
        let (emitted, expected) = try Recurrence(configuration)
            .taught(inputs, targets, flags: flags, Steps(self), &state)
        let squared = try emitted.meanSquaredError(expected)
        let absolute = try expected.mean(of: (emitted - expected.values).magnitude())
        let loss = TrainingLoss(
            total: try squared + absolute, parts: ["mse": try squared.detached(), "l1": try absolute.detached()])
        return RecurrentPass(frames: emitted, loss: loss)
    }

    private func zeros(batch: Int) throws(TensorError) -> [Tensor] {
        let (form, device) = (configuration, parameters.device)
        let zeros = try Tensor.zeros([batch] + form.windowShape(form.hidden[0]), on: device)
        let frame = try Tensor.zeros([batch, form.foldedChannels, form.folded.height, form.folded.width], on: device)
        return [frame] + Array(repeating: zeros, count: 2 * cells.count)
    }

    /// The state is the frame before, the other one of the window and 0 before the first; the hidden states of all layers, and
    /// their cells. The cells that were, a time step's layers one behind the other, follow.
    private struct Steps: RecurrentCells {
        let cells: [E3DLSTMCell]
        let last: Convolve
        let memorySums: [[Tensor]]
        let shared: [Tensor]

        init(_ network: E3DLSTM) throws(TensorError) {
            (cells, last) = (network.cells, network.last)
            let device = network.parameters.device
            memorySums = try cells.map { cell throws(TensorError) in try cell.memorySums(on: device) }
            // Time steps use the weights of the memory's gates only through these sums.
            let direct = network.parameters.trained.filter { !$0.name.contains(".conv_gm.") }
            shared = direct.map(\.tensor) + memorySums.flatMap { $0 }
        }

        func next(_ picture: Tensor, _ state: inout [Tensor]) throws(TensorError) -> Tensor {
            var x = try Tensor.stacked([state[0], picture], axis: 2)
            state[0] = picture
            state += state[(1 + cells.count)...(2 * cells.count)]
            for layer in cells.indices {
                let (hidden, cell) = (1 + layer, 1 + cells.count + layer)
                let history = stride(from: cell + cells.count, to: state.count, by: cells.count).map { state[$0] }
                (state[hidden], state[cell]) = try cells[layer](
                    x, state[hidden], state[cell], history, memory: memorySums[layer])
                x = state[hidden]
            }
            return try last(x).squeezed(2)
        }
    }
}
