internal import Tensors

/// A stage of Rainformer: another grid, then a global and a local branch and their gate. (B, in, H, W) to (B, out, H', W').
struct RainformerStage {
    enum Step: Hashable, Sendable {
        case coarser
        case finer
    }

    let step: Step
    let factor: Int
    let linear: Linear
    let tuples: [RainformerTuple]
    let isChained: Bool

    /// - Parameters:
    ///   - stage: the stage down, from 0, with which this one shares factor, layers and heads.
    ///   - grid: of the outputs.
    ///   - hidden: channels after the step.
    ///   - skip: channels that are put beside them.
    init(
        _ scope: Parameters.Scope, _ form: RainformerConfiguration, _ stage: Int, grid: WindowGrid.Size, _ step: Step,
        inputs: Int, hidden: Int, skip: Int
    ) throws(TensorError) {
        self.step = step
        factor = form.factors[stage]
        isChained = form.chainsLayers
        let area = factor * factor
        linear = try Linear(
            scope["patch_partition"]["linear"], step == .coarser ? inputs * area : inputs / area, hidden)
        tuples = try (0..<form.layers[stage] / 2).map { number throws(TensorError) in
            try RainformerTuple(
                scope["layers"][number], form, grid, width: hidden + skip, heads: form.heads[stage],
                perceptron: 4 * hidden)
        }
    }

    func callAsFunction(_ x: Tensor, beside skip: Tensor? = nil, _ mode: Mode) throws(TensorError) -> Tensor {
        // Channel order (c, dy, dx), c slowest, both ways.
        let stepped = step == .coarser ? try x.pixelUnshuffled(factor) : try x.pixelShuffled(factor)
        var tokens = try linear(stepped.permuted([0, 2, 3, 1]))
        if let skip { tokens = try .concatenated([tokens, skip.permuted([0, 2, 3, 1])], axis: -1) }
        let last = tuples[tuples.count - 1]
        for tuple in tuples.dropLast() {
            if isChained {
                tokens = try tuple(tokens, mode).permuted([0, 2, 3, 1])
            } else if mode.usesBatchStatistics {
                // Its output goes nowhere, but the reference's running statistics move.
                try withoutGradients { () throws(TensorError) in _ = try tuple.local(pictures(tokens), mode) }
            }
        }
        return try last(tokens, mode)
    }
}

/// Channels behind rows and columns moved in front of them, as a view.
private func pictures(_ tokens: Tensor) throws(TensorError) -> Tensor { try tokens.permuted([0, 3, 1, 2]) }

/// Global and local branch and the gate that joins them: tokens (B, rows, columns, C) to pictures (B, C, rows, columns).
struct RainformerTuple {
    let plain: RainformerBlock
    let shifted: RainformerBlock
    let convolutions: DoubleConvolution
    let attention: PictureAttention
    let gate: BranchGate

    init(
        _ scope: Parameters.Scope, _ form: RainformerConfiguration, _ grid: WindowGrid.Size, width: Int, heads: Int,
        perceptron: Int
    ) throws(TensorError) {
        func block(_ number: Int, shift: Int) throws(TensorError) -> RainformerBlock {
            try RainformerBlock(
                scope[number], form, WindowGrid(grid, window: form.windowSize, shift: shift), isShifted: number == 1,
                width: width, heads: heads, hidden: perceptron)
        }
        plain = try block(0, shift: 0)
        shifted = try block(1, shift: form.windowSize / 2)
        convolutions = try DoubleConvolution(scope[2], width)
        attention = try PictureAttention(scope[3], width)
        gate = try BranchGate(scope[4], width, grid)
    }

    func callAsFunction(_ tokens: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try gate(pictures(shifted(plain(tokens))), local(pictures(tokens), mode))
    }

    /// (B, C, rows, columns) to the same.
    func local(_ x: Tensor, _ mode: Mode) throws(TensorError) -> Tensor { try attention(convolutions(x, mode), mode) }
}
