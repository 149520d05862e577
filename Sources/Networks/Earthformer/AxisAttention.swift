internal import Tensors

/// Attention of the cells (B, T, rows, columns, C) along one axis, and to global vectors. cuboid_transformer.py,
/// `CuboidSelfAttentionLayer` with cuboids as long as the axis.
struct AxisAttention {
    let norm: LayerNorm
    let qkv: Linear
    let proj: Linear
    let bias: RelativeBias
    let vectors: GlobalExchange?
    /// 1, 2 or 3: T, rows or columns.
    let axis: Int
    /// What the layer was made for; a longer axis is cut into pieces of it, the last one padded with 0.
    let length: Int
    let heads: Int
    let mapDropout: Double
    let dropout: Double

    init(
        _ scope: Parameters.Scope, _ form: EarthformerConfiguration, width: Int, axis: Int, length: Int,
        hasVectors: Bool
    ) throws(TensorError) {
        bias = try RelativeBias(scope, length: length, heads: form.heads)
        qkv = try .scaled(scope["qkv"], width, 3 * width, hasBias: false)
        vectors = hasVectors ? try GlobalExchange(scope, form, width: width) : nil
        proj = try .scaled(scope["proj"], width, width)
        norm = try LayerNorm(scope["norm"], [width])
        (self.axis, self.length, heads) = (axis, length, form.heads)
        (mapDropout, dropout) = (form.attentionDropRate, form.projectionDropRate)
    }

    /// What is to be added to the cells, and to the vectors (B, N, C).
    func callAsFunction(_ x: Tensor, _ given: Tensor?, isLast: Bool, _ mode: Mode) throws(TensorError) -> (
        cells: Tensor, vectors: Tensor?
    ) {
        let cut = AxisCut(axis: axis, of: x.extent(axis), piece: length)
        let normed = try norm(x)
        let cells = try cut.padded(normed)
        let parts = try cut.split(qkv(cells), parts: 3, heads: heads)
        let (query, key, value) = (parts[0], parts[1], parts[2])
        let scale = 1 / Double(query.extent(-1)).squareRoot()
        let offset = try bias(queries: cut.piece, keys: cut.piece)
        let near = try (query * scale).matmul(key.transposed(-2, -1)) + cut.expandable(offset)
        guard let vectors, let given else {
            let mixed = try near.softmax(axis: -1).dropped(mapDropout, mode).matmul(value)
            return (try outcome(mixed, cut, mode), nil)
        }
        let known = try vectors.norm(given)
        let mixed = try vectors.mixed(cells, known, near: near, value, cut, scale, mode)
        let update = isLast ? nil : try vectors.update(known, from: normed, scale, mode)
        return (try outcome(mixed, cut, mode), update)
    }

    private func outcome(_ mixed: Tensor, _ cut: AxisCut, _ mode: Mode) throws(TensorError) -> Tensor {
        try proj(cut.joined(mixed)).dropped(dropout, mode)
    }
}

/// How an axis of cells is cut into pieces that attend among themselves.
struct AxisCut {
    /// 1, 2 or 3.
    let axis: Int
    let extent: Int
    let piece: Int

    init(axis: Int, of extent: Int, piece: Int) {
        self.axis = axis
        self.extent = extent
        self.piece = min(piece, extent)
    }

    var count: Int { (extent + piece - 1) / piece }

    /// With 0 behind the last cell, up to whole pieces.
    func padded(_ x: Tensor) throws(TensorError) -> Tensor {
        let missing = count * piece - extent
        guard missing > 0 else { return x }
        // The last axis first.
        return try x.padded(Array(repeating: 0, count: 2 * (4 - axis)) + [0, missing])
    }

    /// (B, T, rows, columns, parts·C) to as many parts (B, heads, three axes, piece, C / heads).
    func split(_ x: Tensor, parts: Int, heads: Int) throws(TensorError) -> [Tensor] {
        var shape = Array(x.shape.dropLast())
        shape.replaceSubrange(axis...axis, with: [count, piece])
        var others = [1, 2, 3, 4]
        others.remove(at: axis)
        return try x.reshaped(shape + [parts, heads, -1]).permuted([5, 0, 6] + others + [axis + 1, 7]).unbound(0)
    }

    /// (heads, queries, keys) to what expands over all pieces.
    func expandable(_ offset: Tensor) throws(TensorError) -> Tensor {
        try offset.reshaped([offset.extent(0), 1, 1, 1, offset.extent(1), offset.extent(2)])
    }

    /// (B, heads, three axes, piece, C / heads) to (B, T, rows, columns, C), without the padding.
    func joined(_ x: Tensor) throws(TensorError) -> Tensor {
        var order = [2, 3, 4]
        order.insert(5, at: axis)
        var shape = [x.extent(2), x.extent(3), x.extent(4)]
        shape[axis - 1] *= piece
        let cells = try x.permuted([0] + order + [1, 6]).reshaped([x.extent(0)] + shape + [-1])
        return shape[axis - 1] == extent ? cells : try cells.narrowed(axis, 0..<extent)
    }
}
