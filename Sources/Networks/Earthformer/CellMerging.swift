internal import Tensors

/// Makes one cell of several neighbours of a frame: (B, T, rows, columns, in) to (B, T, rows', columns', out). Sides that do
/// not divide are padded with 0. cuboid_transformer.py, `PatchMerging3D`.
struct CellMerging {
    let norm: LayerNorm
    let reduction: Linear
    let step: FrameSize

    init(_ scope: Parameters.Scope, _ inputs: Int, _ outputs: Int, _ step: FrameSize) throws(TensorError) {
        let merged = step.height * step.width * inputs
        reduction = try .scaled(scope["reduction"], merged, outputs, hasBias: false)
        norm = try LayerNorm(scope["norm"], [merged])
        self.step = step
    }

    func callAsFunction(_ x: Tensor) throws(TensorError) -> Tensor {
        let size = FrameSize(x.extent(2), x.extent(3)).merged(step)
        let (below, right) = (size.height * step.height - x.extent(2), size.width * step.width - x.extent(3))
        let whole = below + right > 0 ? try x.padded([0, 0, 0, right, 0, below]) : x
        // The channel order is (dy, dx, c), c fastest.
        let split = try whole.reshaped(
            [x.extent(0), x.extent(1), size.height, step.height, size.width, step.width, x.extent(4)])
        let merged = try split.permuted([0, 1, 2, 4, 3, 5, 6]).flattened(4)
        return try reduction(norm(merged))
    }
}
