/// SSIM (Wang et al. 2004) of each frame, mean over channels, then over frames and samples. MODELS 12.
///
/// In a window with means m, variances v and covariance c, with C1 = (0.01 R)² and C2 = (0.03 R)²:
/// (2 m₁m₂ + C1)(2 c + C2) / ((m₁² + m₂² + C1)(v₁ + v₂ + C2)), averaged over all windows that lie inside the frame.
public struct StructuralSimilarity: Metric {
    public struct Form: Hashable, Sendable {
        public enum Window: Hashable, Sendable {
            /// 7x7, all alike, sample (co)variance: scikit-image's default.
            case uniform
            /// 11x11, deviation 1.5, population (co)variance: Wang et al.
            case gaussian
        }

        /// As tables show it.
        public var name: String
        public var window: Window
        /// R.
        public var dataRange: Double
        /// What the prediction, not the truth, is cut to first.
        public var clip: ClosedRange<Double>

        /// With the range of the data said explicitly.
        public static func explicit(range: ClosedRange<Double>) -> Form {
            Form(name: "ssim", window: .uniform, dataRange: range.upperBound - range.lowerBound, clip: range)
        }

        /// As OpenSTL core/metrics.py and NuwaDynamics API/metrics.py, for data in 0...1: no range is given to scikit-image, which
        /// in the versions of that time then takes 2 for floats and so gives a higher score.
        public static let openSTL = Form(name: "ssim_openstl", window: .uniform, dataRange: 2, clip: 0...1)

        public static func gaussian(range: ClosedRange<Double>) -> Form {
            Form(name: "ssim_gaussian", window: .gaussian, dataRange: range.upperBound - range.lowerBound, clip: range)
        }
    }

    public let form: Form
    private let kernel: [Double]
    private var means = FrameMean()

    public init(_ form: Form = .explicit(range: 0...1)) {
        self.form = form
        switch form.window {
        case .uniform: kernel = Array(repeating: 1.0 / 7, count: 7)
        case .gaussian:
            let weights = (-5...5).map { (-Double($0 * $0) / (2 * 1.5 * 1.5)).exponential }
            let total = weights.reduce(0, +)
            kernel = weights.map { $0 / total }
        }
    }

    public var leads: Int { means.leads }

    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        means.add(value(prediction, truth), lead: lead)
    }

    public func scores(over leads: Range<Int>) -> [Score] { [Score(form.name, means.value(over: leads))] }

    /// Of one frame; windows with a missing element are left out, and NaN is given where none is left or none fits in.
    public func value(_ prediction: Frame, _ truth: Frame) -> Double {
        guard truth.rows >= kernel.count, truth.columns >= kernel.count else { return .nan }
        let prediction = prediction.clipped(to: form.clip)
        var mean = FrameMean()
        for channel in 0..<truth.channels {
            mean.add(value(prediction.plane(channel), truth.plane(channel), truth), lead: 0)
        }
        return mean.value(over: 0..<1)
    }

    private func value(_ one: ArraySlice<Double>, _ other: ArraySlice<Double>, _ frame: Frame) -> Double {
        let filter = WindowFilter(rows: frame.rows, columns: frame.columns, kernel: kernel)
        let (a, b) = (Array(one), Array(other))
        let (ma, mb) = (filter(a), filter(b))
        let (aa, bb) = (filter(zip(a, a).map(*)), filter(zip(b, b).map(*)))
        let ab = filter(zip(a, b).map(*))
        let size = Double(kernel.count * kernel.count)
        let sample = form.window == .uniform ? size / (size - 1) : 1
        let (c1, c2) = (0.01 * form.dataRange, 0.03 * form.dataRange)
        var (sum, count) = (0.0, 0)
        for index in ma.indices {
            let (x, y) = (ma[index], mb[index])
            let (vx, vy) = (sample * (aa[index] - x * x), sample * (bb[index] - y * y))
            let vxy = sample * (ab[index] - x * y)
            let value =
                (2 * x * y + c1 * c1) * (2 * vxy + c2 * c2) / ((x * x + y * y + c1 * c1) * (vx + vy + c2 * c2))
            guard !value.isNaN else { continue }
            sum += value
            count += 1
        }
        return sum / Double(count)
    }
}
