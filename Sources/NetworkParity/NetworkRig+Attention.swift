internal import ArrayFiles
internal import Networks
internal import Parity
internal import SpaceTime
internal import Tensors

/// Attention maps of upstream networks, and the importance that follows from them. MODELS 2.4 and 3.2.
extension NetworkRig {
    func attention(_ group: String) throws -> [ParityLine] {
        guard let source = network as? any AttentionSource else {
            return [ParityLine(file.name, group, failure: "the network gives no attention")]
        }
        // The attributes give no distance for maps: they are as exact as the output.
        let tolerance = try file.tolerance(of: "output")
        let parts = group == "attention" ? try maps(of: source) : try importance(of: source)
        return parts.map { line($0.group, $0.comparison, tolerance: tolerance) }
    }

    private typealias Part = (group: String, comparison: Comparison)

    /// `attention` is one array (calls, B, heads, N, N), or a group with an array a block.
    private func maps(of source: any AttentionSource) throws -> [Part] {
        var comparison = Comparison()
        let found = try source.attentionMaps(input)
        if file.file.isDataset("/attention") {
            try comparison.add(.stacked(found.map(\.values), axis: 0), file.tensor("attention"), "attention")
            return [("attention", comparison)]
        }
        let expected = try file.tensors(below: "attention")
        for entry in found {
            if let value = expected[entry.name] {
                try comparison.add(entry.values, value, entry.name)
            } else {
                comparison.missing("\(entry.name) is not in the file")
            }
        }
        if found.count != expected.count { comparison.missing("\(found.count) maps instead of \(expected.count)") }
        return [("attention", comparison)]
    }

    private func importance(of source: any AttentionSource) throws -> [Part] {
        let scores = try source.patchScores(input)
        guard let last = scores.last else { return [] }
        if file.contains("importance/column_sum") {
            var sums = Comparison()
            let found = try Tensor.stacked(scores.map { try $0.values.flattened(1) }, axis: 0)
            try sums.add(found, file.tensor("importance/column_sum"), "column_sum")
            return [("importance/column_sum", sums)] + (try ranking(of: last.values))
        }
        var parts = [Part("importance/patch_grid", try grids(scores, "importance/patch_grid"))]
        if let swin = source as? Swin {
            let tokens = try grids(swin.tokenScores(input), "importance/token_grid")
            parts.insert(("importance/token_grid", tokens), at: 0)
        }
        let mean = try Tensor.stacked(scores.map(\.values), axis: 0).mean([0])
        var means = Comparison()
        try means.add(mean, file.tensor("importance/mean"), "mean")
        return parts + [("importance/mean", means)] + (try ranking(of: mean))
    }

    private func grids(_ scores: [BlockScores], _ group: String) throws -> Comparison {
        var comparison = Comparison()
        let expected = try file.tensors(below: group)
        for score in scores {
            if let value = expected[score.name] {
                try comparison.add(score.values, value, score.name)
            } else {
                comparison.missing("\(score.name) is not in the file")
            }
        }
        if scores.count != expected.count { comparison.missing("\(scores.count) blocks instead of \(expected.count)") }
        return comparison
    }

    /// (x - min) / (max - min) a sample, and the order. Where the order differs, the scores exchanged must be equal within the
    /// tolerance, so the difference is theirs.
    private func ranking(of values: Tensor) throws -> [Part] {
        let flat = try values.flattened(1)
        let (least, largest) = (try flat.least([1], keepingAxes: true), try flat.largest([1], keepingAxes: true))
        let normalised = try (flat - least) / (largest - least)
        var (scale, order) = (Comparison(), Comparison())
        let expected = try file.tensor("importance/normalised")
        try scale.add(normalised.reshaped(expected.shape), expected, "normalised")
        let flatExpected = try expected.reshaped(flat.shape)
        let ours = try flatExpected.picked(flat.argsort(axis: 1), axis: 1)
        let theirs = try flatExpected.picked(file.tensor("importance/order").reshaped(flat.shape), axis: 1)
        try order.add(ours, theirs, "order")
        return [("importance/normalised", scale), ("importance/order", order)]
    }
}
