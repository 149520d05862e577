internal import Tensors

/// The encoder: stacks on grids that become coarser. cuboid_transformer.py, `CuboidTransformerEncoder`.
struct EarthformerEncoder {
    let levels: [[AxisStack]]
    let merges: [CellMerging]
    let vectorProjections: [Linear]

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration) throws(TensorError) {
        let (sizes, widths) = (form.levelSizes, form.widths)
        let step = FrameSize(form.downsample, form.downsample)
        merges = try (0..<widths.count - 1).map { level throws(TensorError) in
            try CellMerging(scope["down_layers"][level], widths[level], widths[level + 1], step)
        }
        let hasVectors = form.globalVectors > 0
        vectorProjections = try (0..<(hasVectors ? widths.count - 1 : 0)).map { level throws(TensorError) in
            try Linear(scope["down_layer_global_proj"][level], widths[level], widths[level + 1])
        }
        levels = try widths.indices.map { level throws(TensorError) in
            try (0..<form.encoderDepths[level]).map { number throws(TensorError) in
                try AxisStack(
                    scope["blocks"][level][number], form, width: widths[level],
                    axes: [form.inFrames, sizes[level].height, sizes[level].width], hasVectors: hasVectors)
            }
        }
    }

    /// The cells of each level, the finest first.
    func callAsFunction(_ cells: Tensor, _ vectors: Tensor?, _ mode: Mode) throws(TensorError) -> [Tensor] {
        var (x, vectors) = (cells, vectors)
        var memory: [Tensor] = []
        for (level, stacks) in levels.enumerated() {
            let isTop = level == levels.count - 1
            for (number, stack) in stacks.enumerated() {
                // Nobody asks for the vectors after the last attention of all.
                (x, vectors) = try stack(x, vectors, isLast: isTop && number == stacks.count - 1, mode)
            }
            memory.append(x)
            guard !isTop else { break }
            x = try merges[level](x)
            vectors = try vectors.map { vectors throws(TensorError) in try vectorProjections[level](vectors) }
        }
        return memory
    }
}
