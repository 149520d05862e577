internal import CausalAugmentation

/// Group `sampling`: the Gaussian rates, and selection and inclusion from given draws.
enum SamplingParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        if group.contains("u") {
            try compareDraws(group, &comparison)
        } else {
            try compareRates(group, &comparison)
        }
    }

    private static func compareRates(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let frames = try group.integer("T")
        guard (1...(1 << 20)).contains(frames) else { throw group.damaged("\(frames) frames are no window") }
        let selection = try GaussianSelection(sigma: try group.number("sigma"), frames: frames)
        let sizes = try group.array("n_env").checked(shape: [frames]).values
        try comparison.near("rate", selection.rates, in: group)
        try comparison.near("density", selection.sigma.density(frames: frames), in: group)
        try comparison.near("weight", selection.sigma.weight(frames: frames), in: group)
        let expected = zip(selection.rates, sizes).reduce(0) { $0 + $1.0 * $1.1 }
        try comparison.attribute("expected_intervened", expected, in: group, tolerance: 1e-12)
        try comparison.attribute("expected_ratio", expected / sizes.reduce(0, +), in: group, tolerance: 1e-12)
    }

    private static func compareDraws(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let grid = try PatchGrid(
            fieldRows: try group.integer("gh"), fieldColumns: try group.integer("gw"), side: 1)
        let u = try group.array("u").checked(axes: 3)
        let (copies, frames, count) = (u.shape[0], u.shape[1], grid.count)
        let environment = try group.array("env_mask").checked(shape: [frames, count]).values
        let rate = try group.array("rate").checked(shape: [frames]).values
        let frameDraws = try group.array("u_frame").checked(shape: [copies, frames]).values
        let places = 0..<(copies * frames * count)
        let selected = places.map { place in
            environment[place % (frames * count)] != 0 && u.values[place] < rate[place / count % frames] ? 1.0 : 0
        }
        let whole = places.map { place in
            environment[place % (frames * count)] != 0 && frameDraws[place / count] < rate[place / count % frames]
                ? 1.0 : 0
        }
        try comparison.equal("selected", selected, in: group)
        try comparison.equal("selected_frame", whole, in: group)
        let map = try CausalMap(
            grid, importance: environment.map { _ in 0 }, isCausal: environment.map { $0 == 0 })
        try comparison.equal("include", try included(group, map, selected), in: group)
    }

    private static func included(_ group: GoldenGroup, _ map: CausalMap, _ selected: [Double]) throws -> [Double] {
        let (grid, count) = (map.grid, map.grid.count)
        let prob = try group.array("prob").values
        let v = try group.array("v").values
        let fallback = try group.array("fallback").values
        guard prob.count == selected.count, fallback.count == selected.count, v.count == selected.count * count else {
            throw group.damaged("its draws are not as many as its patches")
        }
        return selected.indices.flatMap { place in
            guard selected[place] != 0 else { return [Double](repeating: 0, count: count) }
            let patch = place % count
            let neighbours = DistriXplorer.included(
                map.candidates[place % map.candidates.count], probability: prob[place],
                coin: { v[place * count + grid.patch($0, around: patch)] }, fallback: { fallback[place] })
            return MixingParity.flags(neighbours, around: patch, grid)
        }
    }
}
