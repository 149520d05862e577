/// The attention of one Swin block in one frame: `[windows][heads][query][key]`, windows row by row, tokens row by row inside
/// a window (METHOD.md 2.5).
package struct WindowAttention: Hashable, Sendable {
    package let gridRows: Int
    package let gridColumns: Int
    /// Side of a window, in tokens.
    package let window: Int
    /// By which the grid was rolled up and left before it was cut into windows; 0 for a regular block.
    package let shift: Int
    private let attention: AttentionBlock

    /// - Parameter attention: a map a window.
    /// - Throws: `.damaged` where windows and tokens do not tile the grid.
    package init(gridRows: Int, gridColumns: Int, shift: Int, _ attention: AttentionBlock) throws(AugmentationError) {
        let side = Int(Double(attention.tokens).squareRoot().rounded())
        guard side * side == attention.tokens, gridRows % side == 0, gridColumns % side == 0,
            gridRows / side * (gridColumns / side) == attention.maps, shift >= 0
        else {
            throw AugmentationError(
                .damaged,
                "\(attention.maps) windows of \(attention.tokens) tokens do not tile a grid of \(gridRows)x\(gridColumns)"
            )
        }
        self.gridRows = gridRows
        self.gridColumns = gridColumns
        self.window = side
        self.shift = shift
        self.attention = attention
    }

    /// Received attention on the token grid, `[rows][columns]`, averaged over heads; its mean is 1.
    package func scores() -> [Double] {
        let sums = attention.columnSums()
        let (tokens, heads) = (attention.tokens, attention.heads)
        var scores = [Double](repeating: 0, count: gridRows * gridColumns)
        for number in 0..<attention.maps {
            for token in 0..<tokens {
                var sum = 0.0
                for head in 0..<heads { sum += sums[(number * heads + head) * tokens + token] }
                let row = number / (gridColumns / window) * window + token / window
                let column = number % (gridColumns / window) * window + token % window
                let place = (row + shift) % gridRows * gridColumns + (column + shift) % gridColumns
                scores[place] = sum / Double(heads)
            }
        }
        return scores
    }
}

/// One stage of a Swin network: its blocks' scores on its token grid, as one map that adds up to 1.
package struct StageMap: Hashable, Sendable {
    package let rows: Int
    package let columns: Int
    package let values: [Double]

    package init(rows: Int, columns: Int, values: [Double]) {
        precondition(values.count == rows * columns, "a map of \(rows)x\(columns) has as many values")
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// The mean of the blocks, divided by its sum.
    package init(_ blocks: [WindowAttention]) throws(AugmentationError) {
        guard let first = blocks.first,
            blocks.allSatisfy({ ($0.gridRows, $0.gridColumns) == (first.gridRows, first.gridColumns) })
        else { throw AugmentationError(.usage, "a stage needs blocks, all of one grid") }
        var sum = [Double](repeating: 0, count: first.gridRows * first.gridColumns)
        for block in blocks {
            for (place, score) in block.scores().enumerated() { sum[place] += score }
        }
        let mean = sum.map { $0 / Double(blocks.count) }
        self.init(rows: first.gridRows, columns: first.gridColumns, values: ImportanceScale.sum.importance(mean))
    }

    /// The same attention on another grid: finer patches share equally, coarser ones add up.
    ///
    /// - Throws: `.usage` where one grid is not a whole multiple of the other.
    package func onGrid(rows newRows: Int, columns newColumns: Int) throws(AugmentationError) -> StageMap {
        if newRows % rows == 0, newColumns % columns == 0 {
            let (down, right) = (newRows / rows, newColumns / columns)
            let shared = (0..<(newRows * newColumns)).map { place in
                values[place / newColumns / down * columns + place % newColumns / right] / Double(down * right)
            }
            return StageMap(rows: newRows, columns: newColumns, values: shared)
        }
        guard rows % newRows == 0, columns % newColumns == 0 else {
            throw AugmentationError(
                .usage, "tokens on a grid of \(rows)x\(columns) do not fit patches on \(newRows)x\(newColumns)")
        }
        var added = [Double](repeating: 0, count: newRows * newColumns)
        for place in values.indices {
            let row = place / columns / (rows / newRows)
            added[row * newColumns + place % columns / (columns / newColumns)] += values[place]
        }
        return StageMap(rows: newRows, columns: newColumns, values: added)
    }

    /// The mean over stages of equal weight, on the grid of `rows` and `columns`.
    ///
    /// - Parameter firstOnly: takes the finest stage alone.
    package static func mean(_ stages: [StageMap], rows: Int, columns: Int, firstOnly: Bool = false)
        throws(AugmentationError) -> StageMap
    {
        let used = firstOnly ? Array(stages.prefix(1)) : stages
        guard !used.isEmpty else { throw AugmentationError(.usage, "there is no stage to take scores from") }
        var sum = [Double](repeating: 0, count: rows * columns)
        for stage in used {
            let map = try stage.onGrid(rows: rows, columns: columns)
            for place in sum.indices { sum[place] += map.values[place] }
        }
        return StageMap(rows: rows, columns: columns, values: sum.map { $0 / Double(used.count) })
    }
}
