internal import Tensors

/// The blocks of one grid, and the halving after them.
struct SwinStage {
    let blocks: [SwinBlock]
    /// nil in the last stage.
    let downsample: PatchMerging?

    init(_ scope: Parameters.Scope, _ form: SwinConfiguration, stage: Int, rates: ArraySlice<Double>)
        throws(TensorError)
    {
        blocks = try rates.indices.map { index throws(TensorError) in
            let number = index - rates.startIndex
            return try SwinBlock(
                scope["blocks"][number], form, stage: stage, isShifted: number % 2 == 1, dropPath: rates[index])
        }
        let isLast = stage == form.depths.count - 1
        downsample = isLast ? nil : try PatchMerging(scope["downsample"], width: form.width(ofStage: stage))
    }

    func callAsFunction(_ x: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError) -> Tensor {
        var x = x
        for block in blocks { x = try block(x, mode, noting: record) }
        return x
    }
}

/// Makes one token of twice the width of 2x2: (B, rows, columns, C) to (B, rows/2, columns/2, 2·C).
struct PatchMerging {
    let norm: LayerNorm
    let reduction: Linear

    init(_ scope: Parameters.Scope, width: Int) throws(TensorError) {
        norm = try LayerNorm(scope["norm"], [4 * width])
        reduction = try Linear(
            scope["reduction"], 4 * width, 2 * width, hasBias: false, initial: .truncatedNormal(0.02))
    }

    /// The order of the four is (0,0), (1,0), (0,1), (1,1): down before right.
    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let (batch, rows, columns, width) = (x.extent(0), x.extent(1), x.extent(2), x.extent(3))
        let split = try x.reshaped([batch, rows / 2, 2, columns / 2, 2, width]).permuted([0, 1, 3, 4, 2, 5])
        return try reduction(norm(split.reshaped([batch, rows / 2, columns / 2, 4 * width])))
    }
}

/// Makes 2x2 tokens of half the width of one: (B, rows, columns, C) to (B, 2·rows, 2·columns, C/2). Swin-Unet's PatchExpand.
struct PatchExpansion {
    let expand: Linear
    let norm: LayerNorm

    init(_ scope: Parameters.Scope, width: Int) throws(TensorError) {
        expand = try Linear(scope["expand"], width, 2 * width, hasBias: false, initial: .truncatedNormal(0.02))
        norm = try LayerNorm(scope["norm"], [width / 2])
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let (batch, rows, columns, width) = (x.extent(0), x.extent(1), x.extent(2), x.extent(3))
        let split = try expand(x).reshaped([batch, rows, columns, 2, 2, width / 2]).permuted([0, 1, 3, 2, 4, 5])
        return try norm(split.reshaped([batch, 2 * rows, 2 * columns, width / 2]))
    }
}
