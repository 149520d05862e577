public import Tensors

/// How much one block looks at each patch. METHOD 2.2 and 2.5 (rules 1, 2 and 4), MODELS 3.2.
public struct BlockScores {
    /// Such as `blocks.3` or `layers.1.blocks.0`.
    public var name: String
    /// 0 but for the coarser stages of Swin, where one token stands for 2^stage x 2^stage patches.
    public var stage: Int
    /// Column sums, mean over heads, on the grid of patches: (maps, rows, columns). Maps are windows, or frames one behind
    /// the other in layout `frame`; in `joint` the frames' grids lie below each other: (B, T·rows, columns). A merged token's
    /// score is repeated for each patch under it.
    public var values: Tensor
}
