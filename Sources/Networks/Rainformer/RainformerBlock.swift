internal import Tensors

/// x + attention(norm x), then x + net(norm x): tokens (B, rows, columns, C) to the same.
struct RainformerBlock {
    let attentionNorm: LayerNorm
    let attention: RainformerAttention
    let perceptronNorm: LayerNorm
    let first: Linear
    let second: Linear

    init(
        _ scope: Parameters.Scope, _ form: RainformerConfiguration, _ grid: WindowGrid, isShifted: Bool, width: Int,
        heads: Int, hidden: Int
    ) throws(TensorError) {
        let (attended, mixed) = (scope["attention_block"]["fn"], scope["mlp_block"]["fn"])
        attentionNorm = try LayerNorm(attended["norm"], [width])
        attention = try RainformerAttention(attended["fn"], form, grid, isShifted: isShifted, width, heads: heads)
        perceptronNorm = try LayerNorm(mixed["norm"], [width])
        first = try Linear(mixed["fn"]["net"][0], width, hidden)
        second = try Linear(mixed["fn"]["net"][2], hidden, width)
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let y = try x + attention(attentionNorm(x))
        return try y + second(first(perceptronNorm(y)).gelu())
    }
}
