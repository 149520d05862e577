internal import Tensors

/// Attention inside plain or shifted windows, then attention over channels: (B, rows, columns, C) to the same. MODELS 4;
/// SwinTransformer.py, `WindowAttention`.
struct RainformerAttention {
    let grid: WindowGrid
    let qkv: Linear
    let out: Linear
    let bias: Tensor
    /// The place in `bias` of each pair of tokens; nil where each pair has its own number.
    let biasIndex: Tensor?
    /// What windows at the lower and at the right edge add to their scores: 0 or -infinity; nil in a plain block.
    let masks: (lower: Tensor, right: Tensor)?
    let channels: ChannelAttention
    let heads: Int
    let headWidth: Int

    init(
        _ scope: Parameters.Scope, _ form: RainformerConfiguration, _ grid: WindowGrid, isShifted: Bool, _ width: Int,
        heads: Int
    ) throws(TensorError) {
        self.grid = grid
        self.heads = heads
        headWidth = form.headWidth
        let (inner, window) = (heads * form.headWidth, form.windowSize)
        qkv = try Linear(scope["to_qkv"], width, 3 * inner, hasBias: false)
        out = try Linear(scope["to_out"], inner, width)
        let side = form.isPositionRelative ? 2 * window - 1 : window * window
        bias = try scope.parameter("pos_embedding", [side, side], .normal(1))
        // The reference counts j - i, so it reads the table from the other end.
        biasIndex = form.isPositionRelative ? try grid.relativeIndex().transposed(0, 1).flattened() : nil
        masks =
            isShifted
            ? (
                try scope.frozen("upper_lower_mask", grid.edgeMask { $0 / window }),
                try scope.frozen("left_right_mask", grid.edgeMask { $0 % window })
            ) : nil
        channels = try ChannelAttention(
            scope["ca"], ["MLP1", "MLP2"], width, middle: width / 16 < 10 ? width : width / 16, places: [1, 2])
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let windows = try qkv(grid.cut(x))
        let (count, tokens) = (windows.extent(0), windows.extent(1))
        let parts = try windows.reshaped([count, tokens, 3, heads, headWidth]).permuted([2, 0, 3, 1, 4]).unbound(0)
        let query = try parts[0] * (1 / Double(headWidth).squareRoot())
        let scores = try query.matmul(parts[1].transposed(-2, -1))
        let split = [-1, grid.windowCount, heads, tokens, tokens]
        let map = try (scores.reshaped(split) + offsets(tokens)).softmax(axis: -1).reshaped(scores.shape)
        let mixed = try map.matmul(parts[2])
        let joined = try grid.joined(out(mixed.transposed(1, 2).reshaped([count, tokens, heads * headWidth])))
        return try channels(joined)
    }

    /// What is added to the scores, the same for all heads: (windows or 1, 1, M², M²).
    private func offsets(_ tokens: Int) throws(TensorError) -> Tensor {
        let table = try biasIndex.map { index throws(TensorError) in
            try bias.flattened().gathered(index, axis: 0).reshaped([tokens, tokens])
        }
        let offset = table ?? bias
        guard let masks else { return try offset.reshaped([1, 1, tokens, tokens]) }
        let (rows, columns) = (grid.size.rows / grid.window, grid.size.columns / grid.window)
        let zero = try Tensor.zeros([1, 1, tokens, tokens], on: offset.device)
        func edge(_ mask: Tensor, _ count: Int, axis: Int) throws(TensorError) -> Tensor {
            var shape = [1, 1, tokens, tokens]
            shape[axis] = count - 1
            return try .concatenated([zero.expanded(shape), mask.reshaped(zero.shape)], axis: axis)
        }
        let both = try edge(masks.lower, rows, axis: 0) + edge(masks.right, columns, axis: 1)
        return try (both + offset).reshaped([rows * columns, 1, tokens, tokens])
    }
}

extension WindowGrid {
    /// (M², M²): -infinity between tokens of which exactly one has come from the frame's other side, else 0.
    ///
    /// - Parameter place: the row or the column of a token inside its window.
    func edgeMask(_ place: (Int) -> Int) throws(TensorError) -> Tensor {
        let hasCome = (0..<window * window).map { place($0) >= window - shift }
        let values = hasCome.flatMap { i in hasCome.map { $0 == i ? Float(0) : -.infinity } }
        return try Tensor(values, [hasCome.count, hasCome.count])
    }
}
