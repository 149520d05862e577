internal import Tensors

/// Makes frames coarser: (B, T, C, H, W) to cells (B, T, rows, columns, width). cuboid_transformer.py, `InitialEncoder` and
/// `InitialStackPatchMergingEncoder`.
struct EarthformerStem {
    let stages: [(layers: PictureLayers, merge: CellMerging)]

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration) throws(TensorError) {
        switch form.stem {
        case .single(let scale, let layers, _):
            let width = form.widths[0]
            stages = [
                (
                    try PictureLayers(scope["conv_block"], form.channels, width, count: layers, groups: 16),
                    try CellMerging(scope["patch_merge"], width, width, scale)
                )
            ]
        case .stacked(let parts):
            let inputs = [form.channels] + parts.map(\.width)
            stages = try parts.enumerated().map { number, part throws(TensorError) in
                (
                    try PictureLayers(
                        scope["conv_block_list"][number], inputs[number], part.width, count: part.layers,
                        groups: part.groups),
                    try CellMerging(
                        scope["patch_merge_list"][number], part.width, part.width, FrameSize(part.scale, part.scale))
                )
            }
        }
    }

    func callAsFunction(_ frames: Tensor) throws(TensorError) -> Tensor {
        let (batch, time) = (frames.extent(0), frames.extent(1))
        var pictures = try frames.flattened(0, 1)
        var cells = frames
        for stage in stages {
            let y = try stage.layers(pictures).permuted([0, 2, 3, 1])
            cells = try stage.merge(y.reshaped([batch, time] + y.shape[1...]))
            pictures = try cells.flattened(0, 1).permuted([0, 3, 1, 2])
        }
        return cells
    }
}

/// Makes cells finer again: (B, T', rows, columns, width) to (B, T', C', H, W). `FinalDecoder` and
/// `FinalStackUpsamplingDecoder`.
struct EarthformerHead {
    let stages: [(upsampling: PictureUpsampling, layers: PictureLayers)]
    /// C'.
    let width: Int

    init(_ scope: Parameters.Scope, _ form: EarthformerConfiguration) throws(TensorError) {
        switch form.stem {
        case .single(_, _, let layers):
            width = form.widths[0]
            stages = [
                (
                    try PictureUpsampling(scope["upsample"], width, width, to: form.imageSize),
                    try PictureLayers(scope["conv_block"], width, width, count: layers, groups: 16)
                )
            ]
        case .stacked(let parts):
            let sizes = form.stemSizes
            let widths = [form.widths[0]] + parts.reversed().map(\.width)
            stages = try parts.enumerated().reversed().map { number, part throws(TensorError) in
                let place = parts.count - 1 - number
                return (
                    try PictureUpsampling(
                        scope["upsample_list"][place], widths[place], widths[place], to: sizes[number]),
                    try PictureLayers(
                        scope["conv_block_list"][place], widths[place], part.width, count: part.layers,
                        groups: part.groups)
                )
            }
            width = parts[0].width
        }
    }

    func callAsFunction(_ cells: Tensor) throws(TensorError) -> Tensor {
        var x = try cells.flattened(0, 1).permuted([0, 3, 1, 2])
        for stage in stages { x = try stage.layers(stage.upsampling(x)) }
        return try x.reshaped([cells.extent(0), cells.extent(1)] + x.shape[1...])
    }
}
