internal import Tensors

/// The decoder: from the coarsest level to the finest, looking at the encoder's cells. cuboid_transformer.py,
/// `CuboidTransformerDecoder`.
struct EarthformerDecoder {
    /// Of each level; the coarsest has one fewer, as it begins with a look at the memory.
    let stacks: [[AxisStack]]
    let looks: [[MemoryBlock]]
    /// From level i + 1 to level i.
    let upsamplings: [PictureUpsampling]

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration) throws(TensorError) {
        let (sizes, widths, depths) = (form.levelSizes, form.widths, form.decoderDepths)
        stacks = try widths.indices.map { level throws(TensorError) in
            let count = level == widths.count - 1 ? depths[level] - 1 : depths[level]
            return try (0..<count).map { number throws(TensorError) in
                // Sized for the T frames of the memory, though T' come.
                try AxisStack(
                    scope["self_blocks"][level][number], form, width: widths[level],
                    axes: [form.inFrames, sizes[level].height, sizes[level].width], hasVectors: false)
            }
        }
        looks = try widths.indices.map { level throws(TensorError) in
            try (0..<depths[level]).map { number throws(TensorError) in
                try MemoryBlock(scope["cross_blocks"][level][number], form, width: widths[level])
            }
        }
        upsamplings = try (0..<widths.count - 1).map { level throws(TensorError) in
            try PictureUpsampling(
                scope["upsample_layers"][level], widths[level + 1], widths[level], to: sizes[level])
        }
    }

    /// - Parameters:
    ///   - start: (1, T', rows, columns, width) of the coarsest level.
    ///   - memory: cells of each level, the finest first.
    /// - Returns: cells (B, T', rows, columns, width) of the finest level.
    func callAsFunction(_ start: Tensor, _ memory: [Tensor], _ mode: Mode) throws(TensorError) -> Tensor {
        var x = start
        for level in memory.indices.reversed() {
            let isTop = level == memory.count - 1
            for (number, look) in looks[level].enumerated() {
                let place = isTop ? number - 1 : number
                if place >= 0 { x = try stacks[level][place](x, mode) }
                x = try look(x, memory[level], mode)
            }
            if level > 0 {
                let finer = try upsamplings[level - 1](x.flattened(0, 1).permuted([0, 3, 1, 2])).permuted([0, 2, 3, 1])
                x = try finer.reshaped([x.extent(0), x.extent(1)] + finer.shape[1...])
            }
        }
        return x
    }
}
