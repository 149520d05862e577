internal import Tensors

/// What cells and global vectors learn from each other in one attention. cuboid_transformer.py, `CuboidSelfAttentionLayer`
/// with separate projections and attention among the vectors.
struct GlobalExchange {
    let norm: LayerNorm
    let cellQuery: Linear
    let vectorKeyValue: Linear
    let vectorQuery: Linear
    let cellKey: Linear
    let cellValue: Linear
    let among: Linear
    let proj: Linear
    let heads: Int
    let mapDropout: Double
    let dropout: Double

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration, width: Int) throws(TensorError) {
        func linear(_ name: String, _ parts: Int = 1) throws(TensorError) -> Linear {
            try .scaled(scope[name], width, parts * width, hasBias: false)
        }
        cellQuery = try linear("l2g_q_net")
        vectorKeyValue = try linear("l2g_global_kv_net", 2)
        vectorQuery = try linear("g2l_global_q_net")
        cellKey = try linear("g2l_k_net")
        cellValue = try linear("g2l_v_net")
        among = try linear("g2g_global_qkv_net", 3)
        proj = try Linear(scope["global_proj"], width, width)
        norm = try LayerNorm(scope["global_vec_norm"], [width])
        (heads, mapDropout, dropout) = (form.heads, form.attentionDropRate, form.projectionDropRate)
    }

    /// The cells' values and the vectors', mixed by one softmax over both: (B, heads, three axes, piece, C / heads).
    ///
    /// - Parameters:
    ///   - cells: (B, T, rows, columns, C), normalised and padded.
    ///   - vectors: (B, N, C), normalised.
    ///   - near: the scores of the cells in a piece among themselves.
    ///   - value: of the cells.
    func mixed(
        _ cells: Tensor, _ vectors: Tensor, near: Tensor, _ value: Tensor, _ cut: AxisCut, _ scale: Double, _ mode: Mode
    ) throws(TensorError) -> Tensor {
        let query = try cut.split(cellQuery(cells), parts: 1, heads: heads)[0] * scale
        let known = try parts(vectorKeyValue(vectors), 2)
        let all = query.shape
        // (B, heads, all cells, …): the vectors are the same for every piece.
        let far = try query.flattened(2, 5).matmul(known[0].transposed(-2, -1))
        let (piece, count) = (cut.piece, far.extent(-1))
        let scores = try Tensor.concatenated([near, far.reshaped(all.dropLast() + [count])], axis: -1)
        let maps = try scores.softmax(axis: -1).dropped(mapDropout, mode).split([piece, count], axis: -1)
        let ofCells = try maps[0].matmul(value)
        let ofVectors = try maps[1].flattened(2, 5).matmul(known[1])
        return try ofCells + ofVectors.reshaped(all)
    }

    /// What is to be added to the vectors: they look at all cells and at each other.
    func update(_ vectors: Tensor, from cells: Tensor, _ scale: Double, _ mode: Mode) throws(TensorError) -> Tensor {
        let flat = try cells.flattened(1, 3)
        let (key, value) = (try parts(cellKey(flat), 1)[0], try parts(cellValue(flat), 1)[0])
        let own = try parts(among(vectors), 3)
        let toCells = try (parts(vectorQuery(vectors), 1)[0] * scale).matmul(key.transposed(-2, -1))
        let toVectors = try (own[0] * scale).matmul(own[1].transposed(-2, -1))
        let all = try Tensor.concatenated([toCells, toVectors], axis: -1).softmax(axis: -1).dropped(mapDropout, mode)
        let maps = try all.split([key.extent(2), toVectors.extent(-1)], axis: -1)
        let mixed = try maps[0].matmul(value) + maps[1].matmul(own[2])
        return try proj(mixed.transposed(1, 2).flattened(2)).dropped(dropout, mode)
    }

    /// (B, L, count·C) to count of (B, heads, L, C / heads).
    private func parts(_ x: Tensor, _ count: Int) throws(TensorError) -> [Tensor] {
        let split = try x.reshaped([x.extent(0), x.extent(1), count, heads, -1]).permuted([2, 0, 3, 1, 4])
        return try split.unbound(0)
    }
}
