internal import Tensors

/// A pre-norm transformer block; x + attn(norm1 x), then x + mlp(norm2 x). METHOD 1.3.
struct ViTBlock {
    let norm1: LayerNorm
    let attn: ViTAttention
    let norm2: LayerNorm
    let mlp: Perceptron
    let dropPath: Double

    init(_ scope: Parameters.Scope, _ form: ViTConfiguration, dropPath: Double, initial: LayerInitial)
        throws(TensorError)
    {
        norm1 = try LayerNorm(scope["norm1"], [form.width], epsilon: 1e-6)
        attn = try ViTAttention(scope["attn"], form, initial: initial)
        norm2 = try LayerNorm(scope["norm2"], [form.width], epsilon: 1e-6)
        let hidden = Int(Double(form.width) * form.perceptronRatio)
        mlp = try Perceptron(scope["mlp"], width: form.width, hidden: hidden, dropout: form.dropRatio, initial: initial)
        self.dropPath = dropPath
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError) -> Tensor {
        let y = try x + attn(norm1(x), mode, noting: record).pathDropped(dropPath, mode)
        return try y + mlp(norm2(y), mode).pathDropped(dropPath, mode)
    }
}
