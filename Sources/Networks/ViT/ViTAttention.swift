internal import Tensors

/// Attention of all tokens over all tokens: (B, L, D) to (B, L, D).
struct ViTAttention {
    let qkv: Linear
    let proj: Linear
    let heads: Int
    let mapDropout: Double
    let dropout: Double
    let name: String

    init(_ scope: Parameters.Scope, _ form: ViTConfiguration, initial: LayerInitial) throws(TensorError) {
        qkv = try Linear(scope["qkv"], form.width, 3 * form.width, initial: initial)
        proj = try Linear(scope["proj"], form.width, form.width, initial: initial)
        heads = form.heads
        mapDropout = form.attentionDropRatio
        dropout = form.dropRatio
        name = String(scope.name.dropLast(".attn".count))
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError) -> Tensor {
        let (batch, tokens, width) = (x.extent(0), x.extent(1), x.extent(2))
        let parts = try qkv(x).reshaped([batch, tokens, 3, heads, width / heads]).permuted([2, 0, 3, 1, 4]).unbound(0)
        let (query, key, value) = (parts[0], parts[1], parts[2])
        let mixed: Tensor
        if let record {
            let scale = 1 / Double(width / heads).squareRoot()
            let map = try (query.matmul(key.transposed(-2, -1)) * scale).softmax(axis: -1)
            try record.note(map, of: name)
            mixed = try map.dropped(mapDropout, mode).matmul(value)
        } else {
            mixed = try query.attention(key: key, value: value, dropout: mode.drops ? mapDropout : 0)
        }
        return try proj(mixed.transposed(1, 2).reshaped([batch, tokens, width])).dropped(dropout, mode)
    }
}
