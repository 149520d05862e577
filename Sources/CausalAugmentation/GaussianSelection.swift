internal import SpaceTime

/// Selection `gaussian`: environment patches are replaced the more likely the nearer their frame is to the last one
/// (METHOD.md 4.2).
package struct GaussianSelection: PatchSelection, Hashable {
    /// What one draw decides about.
    package enum Unit: String, Hashable, Sendable, CaseIterable {
        case patch
        /// All environment patches of a frame together.
        case frame
    }

    package enum Rate: Hashable, Sendable {
        /// G / max G: sigma controls how much is replaced.
        case peak
        /// min(1, G), the formula literally: how much is replaced hardly depends on sigma.
        case density
        /// So many frames, drawn without replacement with probabilities G / sum G.
        case weight(frames: Int)
    }

    package let unit: Unit
    package let rate: Rate
    package let sigma: TemporalRate
    /// T.
    package let frames: Int
    /// For each frame, the probability; with `weight`, that of the first draw.
    package let rates: [Double]

    /// - Throws: `.usage` where `weight` is asked for with unit `patch` or for more frames than there are.
    package init(
        sigma: Double? = nil, frames: Int, unit: Unit = .patch, rate: Rate = .peak
    ) throws(AugmentationError) {
        precondition(frames > 0, "a window has frames")
        self.sigma = try TemporalRate(sigma: sigma, frames: frames)
        self.unit = unit
        self.rate = rate
        self.frames = frames
        switch rate {
        case .peak: rates = self.sigma.peak(frames: frames)
        case .density: rates = self.sigma.density(frames: frames).map { min(1, $0) }
        case .weight(let count):
            guard unit == .frame, (1...frames).contains(count) else {
                throw AugmentationError(
                    .usage,
                    "rate weight draws whole frames, 1 to \(frames) of them, and needs unit frame; \(count) are asked for"
                )
            }
            rates = self.sigma.weight(frames: frames)
        }
    }

    package func select(_ map: CausalMap, frames: Int, into draw: inout CopyDraw) {
        precondition(frames == self.frames, "rates for \(self.frames) frames, a window of \(frames)")
        let draws = draw.key.draws(.selection)
        let chosen = chosenFrames(draw.key)
        for frame in 0..<frames {
            let ofFrame = draws.adding(frame)
            if let chosen, !chosen[frame] { continue }
            for patch in map.environment(ofFrame: frame)
            where chosen != nil || ofFrame.adding(patch).adding(0).uniform < rates[frame] {
                draw.patches.append(PatchDraw(frame: frame, patch: patch))
            }
        }
    }

    package func reason(_ key: CopyKey, frames: Int, frame: Int, patch: Int) -> SelectionReason {
        if case .weight = rate {
            return SelectionReason(rate: rates[frame], draw: nil, isSelected: chosenFrames(key)?[frame] ?? false)
        }
        let draw = Self.draw(key, frame: frame, patch: unit == .frame ? 0 : patch)
        return SelectionReason(rate: rates[frame], draw: draw, isSelected: draw < rates[frame])
    }

    package func expectedCount(environments: [Int]) -> Double? {
        if case .weight = rate { return nil }
        return zip(rates, environments).reduce(0) { $0 + $1.0 * Double($1.1) }
    }

    private static func draw(_ key: CopyKey, frame: Int, patch: Int) -> Double {
        key.draws(.selection).adding(frame).adding(patch).adding(0).uniform
    }

    /// Whether each frame's environment is replaced as a whole; nil where patches are drawn one by one.
    private func chosenFrames(_ key: CopyKey) -> [Bool]? {
        switch (unit, rate) {
        case (_, .weight(let count)): Self.drawn(count, rates, key)
        case (.frame, _): (0..<frames).map { Self.draw(key, frame: $0, patch: 0) < rates[$0] }
        case (.patch, _): nil
        }
    }

    /// Draw number d (key frame = d) takes the first frame not yet taken at which the sum of the weights left, in ascending
    /// order, exceeds u times their total.
    private static func drawn(_ count: Int, _ weights: [Double], _ key: CopyKey) -> [Bool] {
        var taken = [Bool](repeating: false, count: weights.count)
        for number in 0..<count {
            let left = weights.indices.filter { !taken[$0] }
            let goal = draw(key, frame: number, patch: 0) * left.reduce(0) { $0 + weights[$1] }
            var sum = 0.0
            let frame = left.first { index in
                sum += weights[index]
                return sum > goal
            }
            // Weights that underflow to 0 leave the last frame that is not taken.
            if let frame = frame ?? left.last { taken[frame] = true }
        }
        return taken
    }
}
