/// SSIM (Wang et al. 2004) of each frame in one or more forms, mean over channels, then over frames and samples. MODELS 12.
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

    public let forms: [Form]
    private let kernel: [Double]
    private var means: [FrameMean]

    /// - Parameter forms: that differ in the data range only, so that windows are gone through once.
    public init(_ forms: Form...) {
        precondition(
            forms.allSatisfy { $0.window == forms[0].window && $0.clip == forms[0].clip }, "forms of unlike windows")
        self.forms = forms
        means = forms.map { _ in FrameMean() }
        switch forms[0].window {
        case .uniform: kernel = Array(repeating: 1.0 / 7, count: 7)
        case .gaussian:
            let weights = (-5...5).map { (-Double($0 * $0) / (2 * 1.5 * 1.5)).exponential }
            let total = weights.reduce(0, +)
            kernel = weights.map { $0 / total }
        }
    }

    public var leads: Int { means[0].leads }

    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        for (index, value) in values(prediction, truth).enumerated() { means[index].add(value, lead: lead) }
    }

    public func scores(over leads: Range<Int>) -> [Score] {
        zip(forms, means).map { Score($0.name, $1.value(over: leads)) }
    }

    /// Of one frame, in each form; windows with a missing element are left out, and NaN is given where none is left or none
    /// fits in.
    public func values(_ prediction: Frame, _ truth: Frame) -> [Double] {
        guard truth.rows >= kernel.count, truth.columns >= kernel.count else { return forms.map { _ in .nan } }
        let prediction = prediction.clipped(to: forms[0].clip)
        var sums = forms.map { _ in FrameMean() }
        for channel in 0..<truth.channels {
            let found = values(prediction.plane(channel), truth.plane(channel), truth)
            for (index, value) in found.enumerated() { sums[index].add(value, lead: 0) }
        }
        return sums.map { $0.value(over: 0..<1) }
    }

    private func values(_ one: ArraySlice<Double>, _ other: ArraySlice<Double>, _ frame: Frame) -> [Double] {
        let filter = WindowFilter(rows: frame.rows, columns: frame.columns, kernel: kernel)
        let (a, b) = (Array(one), Array(other))
        let (ma, mb) = (filter(a), filter(b))
        let (aa, bb) = (filter(zip(a, a).map(*)), filter(zip(b, b).map(*)))
        let ab = filter(zip(a, b).map(*))
        let size = Double(kernel.count * kernel.count)
        let sample = forms[0].window == .uniform ? size / (size - 1) : 1
        let constants = forms.map { form in (one: 0.01 * form.dataRange, two: 0.03 * form.dataRange) }
        var sums = forms.map { _ in 0.0 }
        var count = 0
        for index in ma.indices {
            let (x, y) = (ma[index], mb[index])
            let (vx, vy) = (sample * (aa[index] - x * x), sample * (bb[index] - y * y))
            let vxy = sample * (ab[index] - x * y)
            guard !vxy.isNaN else { continue }
            for form in constants.indices {
                let (c1, c2) = (constants[form].one * constants[form].one, constants[form].two * constants[form].two)
                sums[form] += (2 * x * y + c1) * (2 * vxy + c2) / ((x * x + y * y + c1) * (vx + vy + c2))
            }
            count += 1
        }
        return sums.map { $0 / Double(count) }
    }
}
