/// How alike two rankings are.
package enum RankCorrelation {
    /// Spearman's: the correlation of ranks, equal values sharing the mean of theirs; nil where one side is all equal.
    package static func spearman(_ one: [Double], _ other: [Double]) -> Double? {
        precondition(one.count == other.count, "\(one.count) and \(other.count) values")
        let (a, b) = (ranks(one), ranks(other))
        let mean = Double(a.count + 1) / 2
        var (product, squaresA, squaresB) = (0.0, 0.0, 0.0)
        for (x, y) in zip(a, b) {
            product += (x - mean) * (y - mean)
            squaresA += (x - mean) * (x - mean)
            squaresB += (y - mean) * (y - mean)
        }
        return squaresA > 0 && squaresB > 0 ? product / (squaresA * squaresB).squareRoot() : nil
    }

    /// From 1.
    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var begin = 0
        while begin < order.count {
            var end = begin
            while end + 1 < order.count, values[order[end + 1]] == values[order[begin]] { end += 1 }
            for place in begin...end { ranks[order[place]] = Double(begin + end) / 2 + 1 }
            begin = end + 1
        }
        return ranks
    }

    /// Shared members by all members.
    package static func jaccard(_ one: Set<Int>, _ other: Set<Int>) -> Double {
        let all = one.union(other).count
        return all == 0 ? 1 : Double(one.intersection(other).count) / Double(all)
    }
}
