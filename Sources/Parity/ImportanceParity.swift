internal import CausalAugmentation
internal import SpaceTime

/// Group `importance`: column sums, head and block means, normalisation, Swin windows.
enum ImportanceParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        if group.contains("attention_w") { return try compareSwin(group, &comparison) }
        let attention = try group.array("attention")
        let blocks = try self.blocks(attention, group)
        let frames = group.has("T") ? try group.integer("T") : blocks[0].maps
        let layout: TokenLayout = group.has("T") ? .joint : .frame
        let patches = try layout.patches(maps: blocks[0].maps, tokens: blocks[0].tokens, frames: frames)
        let scores = try BlockAggregate.mean.scores(blocks)
        for name in try group.names() where name != "attention" {
            if let scale = scale(name) {
                let rows = stride(from: 0, to: scores.count, by: patches).map { Array(scores[$0..<($0 + patches)]) }
                try comparison.near(name, rows.flatMap { scale.importance($0) }, in: group)
            } else if name == "gamma_head" {
                try comparison.near(name, blocks.flatMap { $0.columnSums() }, in: group)
            } else if name == "gamma_mean" {
                try comparison.near(name, blocks.flatMap { try BlockAggregate.mean.scores([$0]) }, in: group)
            } else if name.hasPrefix("gamma_block_"), let aggregate = try? BlockAggregate(text(of: name)) {
                try comparison.near(name, try aggregate.scores(blocks), in: group)
            } else {
                comparison.unknown(name)
            }
        }
    }

    /// `gamma_block_index_2` is `index:2`.
    private static func text(of name: String) -> String {
        let text = String(name.dropFirst("gamma_block_".count))
        return text.hasPrefix("index_") ? "index:" + text.dropFirst(6) : text
    }

    private static func scale(_ name: String) -> ImportanceScale? {
        name.hasPrefix("importance_") ? ImportanceScale(rawValue: String(name.dropFirst("importance_".count))) : nil
    }

    /// `[head][query][key]`, with frames in front, with blocks in front of them.
    static func blocks(_ attention: GoldenArray, _ group: GoldenGroup) throws -> [AttentionBlock] {
        let shape = [Int](repeating: 1, count: max(0, 5 - attention.shape.count)) + attention.shape
        guard shape.count == 5, attention.shape.count >= 3, shape[3] == shape[4], !shape.contains(0) else {
            throw group.damaged("attention of shape \(attention.shape) is no square map a head")
        }
        let size = attention.values.count / shape[0]
        return try (0..<shape[0]).map { block in
            try AttentionBlock(
                maps: shape[1], heads: shape[2], tokens: shape[3],
                values: Array(attention.values[(block * size)..<((block + 1) * size)]))
        }
    }

    private static func compareSwin(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let grid = try group.integer("grid")
        let shift = try group.integer("shift")
        let regular = try windows("attention_w", grid: grid, shift: 0, group)
        let shifted = try windows("attention_sw", grid: grid, shift: shift, group)
        let merged = try windows("attention_stage1", grid: grid / 2, shift: 0, group)
        try comparison.near("gamma_w", regular.scores(), in: group)
        try comparison.near("gamma_sw", shifted.scores(), in: group)
        try comparison.near("gamma_stage1", merged.scores(), in: group)
        let stages = [try StageMap([regular, shifted]), try StageMap([merged])]
        for (number, stage) in stages.enumerated() {
            try comparison.near(
                "importance_stage\(number)", try stage.onGrid(rows: grid, columns: grid).values, in: group)
        }
        let mean = try StageMap.mean(stages, rows: grid, columns: grid)
        try comparison.near("importance_mean", mean.values, in: group)
    }

    private static func windows(_ name: String, grid: Int, shift: Int, _ group: GoldenGroup) throws -> WindowAttention {
        let block = try blocks(try group.array(name).checked(axes: 4), group)[0]
        return try WindowAttention(gridRows: grid, gridColumns: grid, shift: shift, block)
    }
}
