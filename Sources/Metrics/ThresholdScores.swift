/// Scores of events "at least a threshold": hits, misses and false alarms are added up over all pixels, frames and samples
/// before any ratio is taken. MODELS 12, METHOD 6.3; Earthformer metrics/sevir.py, mode 0.
///
/// `csi@T`, `pod@T`, `far@T`, `bias@T` for each threshold T, and `csi_m`, the mean of the CSI. A missing element is no event
/// on both sides.
public struct ThresholdScores: Metric {
    public let thresholds: [Double]
    /// From the units of the frames to those of the thresholds.
    public let scale: Double
    /// By lead time, then threshold.
    public private(set) var counts: [[EventCounts]] = []

    /// - Parameter scale: frames times this are in the units of the thresholds, such as 255 for frames in 0...1.
    public init(_ thresholds: [Double], scale: Double = 1) {
        self.thresholds = thresholds
        self.scale = scale
    }

    public var leads: Int { counts.count }

    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        counts.reach(lead, Array(repeating: EventCounts(), count: thresholds.count))
        for (index, threshold) in thresholds.enumerated() {
            var found = EventCounts()
            for place in truth.values.indices {
                let (one, other) = (prediction.values[place] * scale, truth.values[place] * scale)
                guard !one.isNaN, !other.isNaN else { continue }
                let (forecast, came) = (one >= threshold, other >= threshold)
                if forecast, came { found.hits += 1 }
                if !forecast, came { found.misses += 1 }
                if forecast, !came { found.falseAlarms += 1 }
            }
            counts[lead][index] = counts[lead][index] + found
        }
    }

    /// One for each threshold.
    public func counts(over leads: Range<Int>) -> [EventCounts] {
        thresholds.indices.map { index in
            counts[leads].reduce(EventCounts()) { $0 + $1[index] }
        }
    }

    public func scores(over leads: Range<Int>) -> [Score] {
        let found = counts(over: leads)
        let ratios: [(String, KeyPath<EventCounts, Double>)] = [
            ("csi", \.csi), ("pod", \.pod), ("far", \.far), ("bias", \.bias),
        ]
        let each = ratios.flatMap { name, ratio in
            zip(thresholds, found).map { Score("\(name)@\($0.plainText)", $1[keyPath: ratio]) }
        }
        return [Score("csi_m", found.reduce(0) { $0 + $1.csi } / Double(max(1, found.count)))] + each
    }
}

extension Double {
    /// `74` for 74.0, `0.125` as it is.
    var plainText: String { self == rounded() && abs(self) < 1e15 ? "\(Int(self))" : "\(self)" }
}
