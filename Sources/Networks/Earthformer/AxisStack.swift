internal import Tensors

/// Attention along time, rows and columns in turn, a perceptron after each: cells (B, T, rows, columns, C) to the same.
/// cuboid_transformer.py, `StackCuboidSelfAttentionBlock` with the pattern `axial`.
struct AxisStack {
    let pairs: [(attention: AxisAttention, perceptron: CellPerceptron)]

    /// - Parameter axes: the length of T, rows and columns.
    init(
        _ scope: Parameters.Scope, _ form: EarthformerConfiguration, width: Int, axes: [Int], hasVectors: Bool
    ) throws(TensorError) {
        pairs = try axes.enumerated().map { number, length throws(TensorError) in
            (
                try AxisAttention(
                    scope["attn_l"][number], form, width: width, axis: number + 1, length: length,
                    hasVectors: hasVectors),
                try CellPerceptron(scope["ffn_l"][number], width: width, dropout: form.perceptronDropRate)
            )
        }
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try self(x, nil, isLast: true, mode).cells
    }

    /// - Parameter isLast: whether nobody asks for the vectors any more; they are nil then.
    func callAsFunction(_ x: Tensor, _ vectors: Tensor?, isLast: Bool, _ mode: Mode) throws(TensorError) -> (
        cells: Tensor, vectors: Tensor?
    ) {
        var (x, vectors) = (x, vectors)
        for (number, pair) in pairs.enumerated() {
            let outcome = try pair.attention(x, vectors, isLast: isLast && number == pairs.count - 1, mode)
            x = try pair.perceptron(x + outcome.cells, mode)
            if let old = vectors { vectors = try outcome.vectors.map { new throws(TensorError) in try old + new } }
        }
        return (x, vectors)
    }
}

/// x + ffn_2(GELU(ffn_1(norm x))). cuboid_transformer.py, `PositionwiseFFN`.
struct CellPerceptron {
    let norm: LayerNorm
    let first: Linear
    let second: Linear
    let dropout: Double

    init(_ scope: Parameters.Scope, width: Int, dropout: Double) throws(TensorError) {
        first = try .scaled(scope["ffn_1"], width, 4 * width)
        second = try .scaled(scope["ffn_2"], 4 * width, width)
        norm = try LayerNorm(scope["layer_norm"], [width])
        self.dropout = dropout
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try x + second(first(norm(x)).gelu().dropped(dropout, mode)).dropped(dropout, mode)
    }
}
