internal import CausalAugmentation

/// Group `mask`: how many and which patches are environment.
enum MaskParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let scores = try group.array("importance").checked(axes: 1).values
        let size = EnvironmentSize.ratio(try group.number("ratio"))
        let environment = try size.environment(scores)
        try comparison.attribute("m", Double(try size.patches(of: scores.count)), in: group, tolerance: 0)
        try comparison.equal("env_index", environment.map { Double($0) }, in: group)
        let mask = scores.indices.map { environment.contains($0) ? 0.0 : 1 }
        try comparison.equal("causal_mask", mask, in: group)
    }
}
