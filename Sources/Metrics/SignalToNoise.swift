/// Peak signal-to-noise ratio in decibel: the mean over frames of 10·log10(R² / mean squared error of the frame), R the width of
/// the range; the prediction is cut to the range first. Infinite where a frame has no error. MODELS 12.
public struct SignalToNoise: Metric {
    public enum Form: Hashable, Sendable {
        case standard
        /// As NuwaDynamics API/metrics.py: cast to uint8 (of 0 to 1, times 255), subtracted and squared there, so that differences
        /// wrap round. Only for comparison with published numbers.
        case releasedCode
    }

    public let form: Form
    public let range: ClosedRange<Double>
    private var means = FrameMean()

    public init(range: ClosedRange<Double> = 0...1, form: Form = .standard) {
        self.range = range
        self.form = form
    }

    public var leads: Int { means.leads }

    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        means.add(value(prediction, truth), lead: lead)
    }

    public func scores(over leads: Range<Int>) -> [Score] {
        [Score(form == .standard ? "psnr" : "psnr_released_code", means.value(over: leads))]
    }

    /// Of one frame; NaN where all of it is missing.
    public func value(_ prediction: Frame, _ truth: Frame) -> Double {
        let prediction = prediction.clipped(to: range)
        var (sum, count) = (0.0, 0)
        for index in truth.values.indices {
            let (one, other) = (prediction.values[index], truth.values[index])
            guard !one.isNaN, !other.isNaN else { continue }
            sum += form == .standard ? (one - other) * (one - other) : SignalToNoise.wrapped(one, other)
            count += 1
        }
        let peak = form == .standard ? range.upperBound - range.lowerBound : 255
        return 10 * (peak * peak / (sum / Double(count))).decimalLogarithm
    }

    private static func wrapped(_ one: Double, _ other: Double) -> Double {
        // The reference multiplies in float32, and a cast of what does not fit takes the lowest 8 bits.
        let level = { (value: Double) in UInt8(truncatingIfNeeded: Int(Float(value) * 255)) }
        let difference = level(one) &- level(other)
        return Double(difference &* difference)
    }
}
