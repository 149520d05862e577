internal import Glibc

/// How the learning rate goes over a run.
public enum Schedule: Hashable, Sendable, Codable {
    case constant
    /// PyTorch's OneCycleLR with its defaults: rises by a cosine to the rate, falls to almost nothing, and moves Adam's beta1
    /// the other way between 0.95 and 0.85.
    case oneCycle
    /// A cosine down to `floor` an epoch, after `warmUp` epochs that rise evenly from `start`; the cosine counts epochs from
    /// the run's beginning, as OpenSTL's.
    case cosine(warmUp: Int, start: Double, floor: Double)
    /// A straight rise over the first part of all steps, then a cosine down to `floor` times the rate (Earthformer).
    case warmUpThenCosine(part: Double, floor: Double)

    /// What a step uses.
    public struct Values: Hashable, Sendable {
        public var rate: Double
        /// nil where the schedule leaves it alone.
        public var beta1: Double?
    }

    /// - Parameters:
    ///   - step: from 0, below `steps`.
    ///   - rate: the highest rate.
    ///   - steps: of the whole run.
    ///   - stepsPerEpoch: for schedules that go by epochs.
    public func values(at step: Int, rate: Double, steps: Int, stepsPerEpoch: Int) -> Values {
        precondition(step >= 0 && steps > 0 && stepsPerEpoch > 0, "step \(step) of \(steps)")
        switch self {
        case .constant: return Values(rate: rate)
        case .oneCycle: return Self.oneCycle(step, rate, steps)
        case .cosine(let warmUp, let start, let floor):
            let epoch = step / stepsPerEpoch
            if epoch < warmUp { return Values(rate: start + Double(epoch) * (rate - start) / Double(warmUp)) }
            let epochs = max(1, (steps + stepsPerEpoch - 1) / stepsPerEpoch)
            return Values(rate: Self.anneal(rate, floor, min(1, Double(epoch) / Double(epochs))))
        case .warmUpThenCosine(let part, let floor):
            let rise = part * Double(steps)
            if Double(step) < rise { return Values(rate: rate * Double(step) / rise) }
            let progress = (Double(step) - rise) / max(1, Double(steps) - rise)
            return Values(rate: Self.anneal(rate, floor * rate, min(1, progress)))
        }
    }

    private static func oneCycle(_ step: Int, _ rate: Double, _ steps: Int) -> Values {
        let (first, last) = (rate / 25, rate / 25 / 1e4)
        let top = 0.3 * Double(steps) - 1
        if Double(step) <= top {
            let progress = top > 0 ? Double(step) / top : 1
            return Values(rate: anneal(first, rate, progress), beta1: anneal(0.95, 0.85, progress))
        }
        let progress = min(1, (Double(step) - top) / (Double(steps) - 1 - top))
        return Values(rate: anneal(rate, last, progress), beta1: anneal(0.85, 0.95, progress))
    }

    /// From `start` to `end` by half a cosine.
    private static func anneal(_ start: Double, _ end: Double, _ progress: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * progress))
    }
}
