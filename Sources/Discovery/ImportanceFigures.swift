internal import CausalAugmentation

/// What is to be known of importance maps. METHOD 12.5: means over all maps of rank correlations with the patches' variance and
/// mean, and with the maps of a second network its rank correlation and the overlap of the environment sets.
struct ImportanceFigures {
    private var sums: [String: (sum: Double, count: Int)] = [:]
    private var maps = 0

    /// - Parameters:
    ///   - map: of one window.
    ///   - moments: of each of its F frames.
    mutating func add(_ map: CausalMap, _ moments: [PatchMoments], second: CausalMap?) {
        for frame in 0..<map.frames {
            let own = map.row(ofFrame: frame)..<(map.row(ofFrame: frame) + map.grid.count)
            let importance = Array(map.importance[own])
            maps += 1
            note("rank_correlation_patch_variance", RankCorrelation.spearman(importance, moments[frame].variances))
            note("rank_correlation_patch_mean", RankCorrelation.spearman(importance, moments[frame].means))
            guard let second else { continue }
            note("seeds_rank_correlation", RankCorrelation.spearman(importance, Array(second.importance[own])))
            note(
                "seeds_environment_overlap",
                RankCorrelation.jaccard(
                    Set(map.environment(ofFrame: frame)), Set(second.environment(ofFrame: frame))))
        }
    }

    private mutating func note(_ name: String, _ value: Double?) {
        guard let value else { return }
        let before = sums[name] ?? (0, 0)
        sums[name] = (before.sum + value, before.count + 1)
    }

    var values: [String: Double] {
        var values = sums.mapValues { $0.sum / Double($0.count) }
        values["maps"] = Double(maps)
        return values
    }
}
