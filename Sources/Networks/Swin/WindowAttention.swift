internal import Tensors

/// Attention inside windows with a learned bias for each relative position: (B·windows, M², C) to the same.
struct WindowAttention {
    let qkv: Linear
    let proj: Linear
    let biasTable: Tensor
    let biasIndex: Tensor
    let heads: Int
    let mapDropout: Double
    let dropout: Double
    let name: String

    init(_ scope: Parameters.Scope, width: Int, heads: Int, _ grid: WindowGrid, _ form: SwinConfiguration)
        throws(TensorError)
    {
        let span = 2 * grid.window - 1
        biasTable = try scope.parameter("relative_position_bias_table", [span * span, heads], .truncatedNormal(0.02))
        biasIndex = try scope.buffer("relative_position_index", grid.relativeIndex())
        qkv = try Linear(scope["qkv"], width, 3 * width, initial: .truncatedNormal(0.02))
        proj = try Linear(scope["proj"], width, width, initial: .truncatedNormal(0.02))
        self.heads = heads
        mapDropout = form.attentionDropRate
        dropout = form.dropRate
        name = String(scope.name.dropLast(".attn".count))
    }

    /// - Parameter mask: (windows, M², M²), added to the scores of each sample's windows.
    func callAsFunction(_ x: Tensor, mask: Tensor?, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError)
        -> Tensor
    {
        let (windows, tokens, width) = (x.extent(0), x.extent(1), x.extent(2))
        let parts = try qkv(x).reshaped([windows, tokens, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4]).unbound(0)
        let query = try parts[0] * (1 / Double(width / heads).squareRoot())
        var scores = try query.matmul(parts[1].transposed(-2, -1))
        let bias = try biasTable.gathered(biasIndex.flattened(), axis: 0).reshaped([tokens, tokens, heads]).permuted([
            2, 0, 1,
        ])
        if let mask {
            // One sum for both: (windows of a sample, heads, M², M²).
            let both = try bias.unsqueezed(0) + mask.unsqueezed(1)
            scores = try scores.reshaped([-1, mask.extent(0), heads, tokens, tokens]) + both
            scores = try scores.reshaped([windows, heads, tokens, tokens])
        } else {
            scores = try scores + bias
        }
        let map = try scores.softmax(axis: -1)
        try record?.note(map, of: name)
        let mixed = try map.dropped(mapDropout, mode).matmul(parts[2])
        return try proj(mixed.transposed(1, 2).reshaped([windows, tokens, width])).dropped(dropout, mode)
    }
}
