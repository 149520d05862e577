/// Mean absolute and mean squared error. MODELS 12, METHOD 6.3.
///
/// - `mae`, `mse`: the mean over all elements. `rmse`: its square root.
/// - `mae_frame_sum`, `mse_frame_sum`: summed over channels and pixels, then the mean over frames and samples: the element
///   mean times C·H·W. This is `MAE` and `MSE` of OpenSTL and NuwaDynamics (core/metrics.py, API/metrics.py).
///
/// Elements whose truth or prediction is missing are left out.
public struct ErrorSums: Metric {
    private struct Sums: Hashable {
        var absolute = 0.0
        var squared = 0.0
        var count = 0
    }

    private var sums: [Sums] = []
    /// C·H·W.
    private var frameElements = 0

    public init() {}

    public var leads: Int { sums.count }

    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        sums.reach(lead, Sums())
        frameElements = truth.values.count
        var (absolute, squared, count) = (0.0, 0.0, 0)
        for index in truth.values.indices {
            let error = prediction.values[index] - truth.values[index]
            guard !error.isNaN else { continue }
            absolute += abs(error)
            squared += error * error
            count += 1
        }
        sums[lead].absolute += absolute
        sums[lead].squared += squared
        sums[lead].count += count
    }

    public func scores(over leads: Range<Int>) -> [Score] {
        let (mae, mse) = (self.mae(over: leads), self.mse(over: leads))
        let frame = Double(frameElements)
        return [
            Score("mae", mae), Score("mae_frame_sum", mae * frame), Score("mse", mse),
            Score("mse_frame_sum", mse * frame), Score("rmse", mse.squareRoot()),
            Score("rmse_frame_sum", (mse * frame).squareRoot()),
        ]
    }

    /// The mean over elements; NaN where there were none.
    public func mae(over leads: Range<Int>) -> Double { mean(over: leads, \.absolute) }

    /// The mean over elements; NaN where there were none.
    public func mse(over leads: Range<Int>) -> Double { mean(over: leads, \.squared) }

    private func mean(over leads: Range<Int>, _ part: KeyPath<Sums, Double>) -> Double {
        let total = sums[leads].reduce(0) { $0 + $1[keyPath: part] }
        return total / Double(sums[leads].reduce(0) { $0 + $1.count })
    }
}
