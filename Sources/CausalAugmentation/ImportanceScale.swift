/// How received attention becomes importance, frame by frame (METHOD.md 2.6). All keep the order of patches.
package enum ImportanceScale: String, Hashable, Sendable, CaseIterable {
    /// Shares of the frame's total.
    case sum
    /// From the least, 0, to the largest, 1; all 0 where all are equal.
    case minmax
    case none

    /// - Parameter scores: of one frame.
    package func importance(_ scores: [Double]) -> [Double] {
        switch self {
        case .sum:
            let total = scores.reduce(0, +)
            return scores.map { total == 0 ? 0 : $0 / total }
        case .minmax:
            let (least, largest) = (scores.min() ?? 0, scores.max() ?? 0)
            return scores.map { largest == least ? 0 : ($0 - least) / (largest - least) }
        case .none: return scores
        }
    }
}
