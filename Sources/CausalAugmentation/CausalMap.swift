/// What a window's patches are worth and which of them are environment, for each frame or once for all.
package struct CausalMap: Hashable, Sendable {
    package let grid: PatchGrid
    /// F: T, or 1 where one map holds for all frames.
    package let frames: Int
    /// Importance, `[F][L]`.
    package let importance: [Double]
    /// The saliency mask, `[F][L]`: true for causal patches.
    package let isCausal: [Bool]
    /// `[F][L]`: of whom an environment patch may be mixed; empty for causal patches.
    package let candidates: [Neighbours]
    /// The environment of each of the F frames, ascending.
    private let environments: [[Int]]

    /// - Parameters:
    ///   - scores: received attention, `[F][L]`, not normalised.
    /// - Throws: `.damaged` where scores are not as many as patches, negative or not finite.
    package init(
        _ grid: PatchGrid, scores: [Double], size: EnvironmentSize = .ratio(0.25), scale: ImportanceScale = .sum
    ) throws(AugmentationError) {
        guard !scores.isEmpty, scores.count % grid.count == 0 else {
            throw AugmentationError(.damaged, "\(scores.count) scores for frames of \(grid.count) patches")
        }
        var importance: [Double] = []
        var isCausal = [Bool](repeating: true, count: scores.count)
        for begin in stride(from: 0, to: scores.count, by: grid.count) {
            let own = Array(scores[begin..<(begin + grid.count)])
            importance += scale.importance(own)
            for patch in try size.members(own) { isCausal[begin + patch] = false }
        }
        try self.init(grid, importance: importance, isCausal: isCausal)
    }

    /// - Parameters:
    ///   - importance: `[F][L]`, not negative.
    ///   - isCausal: `[F][L]`.
    package init(_ grid: PatchGrid, importance: [Double], isCausal: [Bool]) throws(AugmentationError) {
        guard importance.count == isCausal.count, !importance.isEmpty, importance.count % grid.count == 0 else {
            throw AugmentationError(
                .damaged,
                "\(importance.count) values of importance, \(isCausal.count) of the mask for \(grid.count) patches")
        }
        guard importance.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw AugmentationError(.damaged, "importance holds a number that is negative or not finite")
        }
        self.grid = grid
        self.importance = importance
        self.isCausal = isCausal
        frames = importance.count / grid.count
        var environments: [[Int]] = []
        var candidates = [Neighbours](repeating: Neighbours(), count: isCausal.count)
        for row in stride(from: 0, to: isCausal.count, by: grid.count) {
            let environment = (0..<grid.count).filter { !isCausal[row + $0] }
            for patch in environment {
                let all = grid.neighbours[patch]
                var causal = Neighbours()
                for neighbour in all {
                    // Counted, not decided on: processors guess such decisions wrong.
                    let isIn: UInt8 = isCausal[row + grid.patch(neighbour, around: patch)] ? 1 : 0
                    causal.rawValue |= isIn << UInt8(neighbour)
                }
                candidates[row + patch] = causal.isEmpty ? all : causal
            }
            environments.append(environment)
        }
        self.environments = environments
        self.candidates = candidates
    }

    /// The environment patches of a frame, ascending.
    package func environment(ofFrame frame: Int) -> [Int] { environments[frames == 1 ? 0 : frame] }

    /// Where the values of a frame's first patch stand in `importance`, `isCausal` and `candidates`.
    package func row(ofFrame frame: Int) -> Int { frames == 1 ? 0 : frame * grid.count }
}
