internal import Tensors

/// Weighs the global against the local branch, pixel by pixel: both (B, C, H, W) to the same. SwinTransformer.py,
/// `GRU`.
struct BranchGate {
    let conv: Convolve
    let norm: LayerNorm

    init(_ scope: Parameters.Scope, _ width: Int, _ grid: WindowGrid.Size) throws(TensorError) {
        func layer(_ name: String, _ inputs: Int, _ outputs: Int) throws(TensorError) -> (Convolve, LayerNorm) {
            let conv = try Convolve(scope[name][0], inputs, outputs, side: 3, padding: 1)
            return (conv, try LayerNorm(scope[name][1], [outputs, grid.rows, grid.columns]))
        }
        (conv, norm) = try layer("conv_1", 2 * width, 2 * width)
        // Of the reference's state_dict, which never uses them.
        _ = try layer("conv_2", width, width)
        _ = try layer("conv_3", 2 * width, width)
    }

    func callAsFunction(_ global: Tensor, _ local: Tensor) throws(TensorError) -> Tensor {
        let both = try Tensor.concatenated([global, local], axis: 1)
        let weights = try norm(conv(both)).sigmoid().chunks(2, axis: 1)
        return try weights[0] * global + weights[1] * local
    }
}
