internal import Tensors

/// A look at the encoder's cells of the same pixel, then a perceptron. cuboid_transformer.py,
/// `StackCuboidCrossAttentionBlock` with the pattern `cross_1x1`.
struct MemoryBlock {
    let attention: MemoryAttention
    let perceptron: CellPerceptron

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration, width: Int) throws(TensorError) {
        attention = try MemoryAttention(scope["attn_l"][0], form, width: width)
        perceptron = try CellPerceptron(scope["ffn_l"][0], width: width, dropout: form.perceptronDropRate)
    }

    /// (B, T', rows, columns, C) and (B, T, rows, columns, C) to the former.
    func callAsFunction(_ x: Tensor, _ memory: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try perceptron(x + attention(x, memory, mode), mode)
    }
}

/// The T' frames of each pixel look at the T frames of the memory. cuboid_transformer.py, `CuboidCrossAttentionLayer`.
struct MemoryAttention {
    let norm: LayerNorm
    let query: Linear
    let keyValue: Linear
    let proj: Linear
    let bias: RelativeBias
    let heads: Int
    let mapDropout: Double
    let dropout: Double

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration, width: Int) throws(TensorError) {
        bias = try RelativeBias(scope, length: form.inFrames + form.outFrames, heads: form.heads)
        query = try .scaled(scope["q_proj"], width, width, hasBias: false)
        keyValue = try .scaled(scope["kv_proj"], width, 2 * width, hasBias: false)
        proj = try .scaled(scope["proj"], width, width)
        norm = try LayerNorm(scope["norm"], [width])
        (heads, mapDropout, dropout) = (form.heads, form.attentionDropRate, form.projectionDropRate)
    }

    /// The memory is not normalised. One sample of `x` serves for all of the memory.
    func callAsFunction(_ x: Tensor, _ memory: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        let (ours, theirs) = (
            AxisCut(axis: 1, of: x.extent(1), piece: x.extent(1)),
            AxisCut(axis: 1, of: memory.extent(1), piece: memory.extent(1))
        )
        let asked = try ours.split(query(norm(x)), parts: 1, heads: heads)[0]
        let known = try theirs.split(keyValue(memory), parts: 2, heads: heads)
        let scale = 1 / Double(asked.extent(-1)).squareRoot()
        let offset = try ours.expandable(bias(queries: ours.piece, keys: theirs.piece))
        let scores = try (asked * scale).matmul(known[0].transposed(-2, -1)) + offset
        let mixed = try scores.softmax(axis: -1).dropped(mapDropout, mode).matmul(known[1])
        return try proj(ours.joined(mixed)).dropped(dropout, mode)
    }
}
