internal import CausalAugmentation
internal import SpaceTime

/// Group `pipeline`: from attention to the values of every copy, with the recommended generator.
enum PipelineParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let x = try group.array("x").checked(axes: 4)
        let layout = try MixingParity.layout(x, side: try group.integer("p"))
        let blocks = try ImportanceParity.blocks(try group.array("attention").checked(axes: 5), group)
        let frames = x.shape[0]
        guard blocks[0].maps == frames, blocks[0].tokens == layout.grid.count else {
            throw group.damaged("its attention does not fit x of shape \(x.shape)")
        }
        let scores = try BlockAggregate.mean.scores(blocks)
        let map = try CausalMap(layout.grid, scores: scores, size: .ratio(try group.number("ratio")))
        try comparison.near("importance", map.importance, in: group)
        try comparison.equal("env_mask", map.isCausal.map { $0 ? 0 : 1 }, in: group)
        let selection = try GaussianSelection(sigma: try group.number("sigma"), frames: frames)
        try comparison.near("rate", selection.rates, in: group)
        let time = try TemporalWeights(.geometric(kappa: try group.number("kappa")))
        let explorer = try DistriXplorer(time: time, eta: try group.number("eta"))
        let maker = try EnvironmentMaker(
            seed: UInt64(bitPattern: Int64(try group.integer("seed"))), copies: try group.integer("copies"),
            selection: selection, explorer: explorer)
        let sample = UInt64(bitPattern: Int64(try group.integer("sample")))
        let draws = maker.draws(map, frames: frames, sample: sample)
        try compareDraws(draws, map, frames, group, &comparison)
        let parts = Scene.Parts(layout, map)
        let copies = try draws.flatMap { try MixingParity.changed(x, $0, parts, explorer) }
        let y = try group.array("y").checked(shape: [draws.count] + x.shape)
        let tolerance = y.element.isFloatingPoint ? (y.isSingle ? 1e-5 : 1e-12) : 0
        comparison.note("y", GoldenArray.values(copies, x.element), y.values, tolerance: tolerance)
        try compareUntouched(copies, y, x, draws, layout.grid, &comparison)
    }

    private static func compareDraws(
        _ draws: [CopyDraw], _ map: CausalMap, _ frames: Int, _ group: GoldenGroup, _ comparison: inout Comparison
    ) throws {
        let count = map.grid.count
        var selected = [Double](repeating: 0, count: draws.count * frames * count)
        var include = [Double](repeating: 0, count: selected.count * count)
        for (copy, draw) in draws.enumerated() {
            for patch in draw.patches {
                let place = (copy * frames + Int(patch.frame)) * count + Int(patch.patch)
                selected[place] = 1
                let flags = MixingParity.flags(patch.neighbours, around: Int(patch.patch), map.grid)
                include.replaceSubrange((place * count)..<((place + 1) * count), with: flags)
            }
        }
        try comparison.equal("selected", selected, in: group)
        try comparison.equal("include", include, in: group)
    }

    private static func compareUntouched(
        _ copies: [UInt8], _ y: GoldenArray, _ x: GoldenArray, _ draws: [CopyDraw], _ grid: PatchGrid,
        _ comparison: inout Comparison
    ) throws {
        let width = x.element.byteCount
        var differing = 0.0
        for (copy, draw) in draws.enumerated() {
            let touched = MixingParity.touched(draw, x.shape, grid)
            for place in touched.indices where !touched[place] {
                let begin = copy * x.bytes.count + place * width
                if copies[begin..<(begin + width)] != y.bytes[begin..<(begin + width)] { differing += 1 }
            }
        }
        comparison.note("y outside patches (bits)", [differing], [0], tolerance: 0)
    }
}
