internal import Tensors

/// A pre-norm block with attention in plain or shifted windows: (B, rows, columns, C) to the same.
struct SwinBlock {
    let grid: WindowGrid
    let norm1: LayerNorm
    let attn: WindowAttention
    let mask: Tensor?
    let norm2: LayerNorm
    let mlp: Perceptron
    let dropPath: Double

    init(
        _ scope: Parameters.Scope, _ form: SwinConfiguration, stage: Int, isShifted: Bool, dropPath: Double
    ) throws(TensorError) {
        let width = form.width(ofStage: stage)
        grid = WindowGrid(form.grid(ofStage: stage), form.windowSize, isShifted: isShifted)
        norm1 = try LayerNorm(scope["norm1"], [width])
        attn = try WindowAttention(scope["attn"], width: width, heads: form.heads[stage], grid, form)
        mask = grid.shift > 0 ? try scope.buffer("attn_mask", grid.mask()) : nil
        norm2 = try LayerNorm(scope["norm2"], [width])
        let hidden = Int(Double(width) * form.perceptronRatio)
        mlp = try Perceptron(
            scope["mlp"], width: width, hidden: hidden, dropout: form.dropRate, initial: .truncatedNormal(0.02))
        self.dropPath = dropPath
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError) -> Tensor {
        let attended = try grid.joined(attn(grid.cut(norm1(x)), mask: mask, mode, noting: record))
        let y = try x + attended.pathDropped(dropPath, mode)
        return try y + mlp(norm2(y), mode).pathDropped(dropPath, mode)
    }
}
