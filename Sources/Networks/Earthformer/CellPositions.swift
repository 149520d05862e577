internal import Tensors

/// Learned positions of the cells (T, rows, columns, width). cuboid_transformer.py, `PosEmbed`.
struct CellPositions {
    /// Each expands to all cells.
    let parts: [Tensor]
    let shapes: [[Int]]

    init(
        _ scope: Parameters.Scope, _ form: EarthformerConfiguration.Positions, frames: Int, _ size: FrameSize,
        width: Int
    ) throws(TensorError) {
        let tables: [(name: String, shape: [Int])] =
            switch form {
            case .axes: [("T", [frames, 1, 1]), ("H", [1, size.height, 1]), ("W", [1, 1, size.width])]
            case .pixels: [("T", [frames, 1, 1]), ("HW", [1, size.height, size.width])]
            }
        parts = try tables.map { table throws(TensorError) in
            try scope["\(table.name)_embed"].parameter(
                "weight", [table.shape.reduce(1, *), width], .truncatedNormal(0.02))
        }
        shapes = tables.map { $0.shape + [width] }
    }

    /// (T, rows, columns, width).
    func sum() throws(TensorError) -> Tensor {
        var sum = try parts[0].reshaped(shapes[0])
        for index in parts.indices.dropFirst() { sum = try sum + parts[index].reshaped(shapes[index]) }
        return sum
    }
}
