internal import CMixing
internal import Glibc

/// What the frames of a history count when frame t is mixed (METHOD.md 3.2 step 5, 3.3).
package struct TemporalWeights: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// kappa^(t - j + 1).
        case geometric(kappa: Double)
        /// exp(-(t - j)² / (2 tau²)).
        case gaussian(tau: Double)
        /// The current frame only.
        case none
    }

    package let kind: Kind
    /// Frames before t that count; nil for all.
    package let history: Int?
    /// Whether the weights add up to 1; else `geometric` and `gaussian` are taken literally.
    package let isNormalised: Bool

    /// - Throws: `.usage` where kappa, tau or history is out of range.
    package init(_ kind: Kind, history: Int? = nil, isNormalised: Bool = true) throws(AugmentationError) {
        switch kind {
        case .geometric(let kappa) where !(kappa >= 0 && kappa <= 1):
            throw AugmentationError(.usage, "kappa \(kappa): give a decay between 0 and 1")
        case .gaussian(let tau) where !(tau > 0 && tau.isFinite):
            throw AugmentationError(.usage, "tau \(tau): give a positive number of frames")
        default: break
        }
        if let history, history < 0 {
            throw AugmentationError(.usage, "history \(history): give a number of frames, 0 or more")
        }
        self.kind = kind
        self.history = history
        self.isNormalised = isNormalised
    }

    /// The first frame that counts for frame `t`.
    package func first(_ t: Int) -> Int {
        if case .none = kind { return t }
        return history.map { max(0, t - $0) } ?? 0
    }

    /// The weights of frames `first(t)...t`.
    package func weights(_ t: Int) -> [Double] {
        let scale = scale(t)
        return (first(t)...t).map { frame in
            let weight = relative(age: t - frame)
            return scale.isDivisor ? weight / scale.value : weight * scale.value
        }
    }

    /// The weight of a frame before scaling; 1 at age 0.
    private func relative(age: Int) -> Double {
        switch kind {
        case .geometric(let kappa): (0..<age).reduce(1) { product, _ in product * kappa }
        case .gaussian(let tau): exp(-Double(age * age) / (2 * tau * tau))
        case .none: age == 0 ? 1 : 0
        }
    }

    /// By age, for `gaussian`; nil where frames are weighted by recursion.
    func table(frames: Int) -> [Double]? {
        if case .gaussian = kind { return (0..<frames).map { relative(age: $0) } }
        return nil
    }

    /// The sum of the weights before scaling, in the order in which the kernel adds up frames.
    private func sum(_ t: Int) -> Double {
        switch kind {
        case .geometric(let kappa): (first(t)..<t).reduce(1) { sum, _ in sum * kappa + 1 }
        case .gaussian: (first(t)..<t).reversed().reduce(0) { $0 + relative(age: t - $1) } + 1
        case .none: 1
        }
    }

    /// What a neighbour's share is divided or multiplied by.
    func scale(_ t: Int) -> (value: Double, isDivisor: Bool) {
        if isNormalised { return (sum(t), true) }
        if case .geometric(let kappa) = kind { return (kappa, false) }
        return (1, false)
    }

    /// The kernel's view for frame t.
    func kernel(_ t: Int, table: UnsafePointer<Double>?) -> cm_time {
        var time = cm_time()
        time.first = first(t)
        time.last = t
        if case .geometric(let kappa) = kind { time.kappa = kappa }
        time.weights = table
        time.total = isNormalised ? 1 : sum(t) * scale(t).value
        time.is_convex = isNormalised ? 1 : 0
        return time
    }
}
