internal import Tensors

/// The values a parameter begins with.
public enum Initial: Hashable, Sendable {
    case constant(Double)
    /// Uniform in -bound...bound.
    case uniform(Double)
    case normal(Double)
    /// Normal with this deviation, cut at the absolute values ±2, as `trunc_normal_`.
    case truncatedNormal(Double)

    func fill(_ tensor: Tensor) throws(TensorError) {
        switch self {
        case .constant(let value): try tensor.fill(value)
        case .uniform(let bound): try tensor.fillUniformly(-bound...bound)
        case .normal(let deviation): try tensor.fillNormally(deviation: deviation)
        case .truncatedNormal(let deviation): try tensor.fillTruncatedNormally(deviation: deviation)
        }
    }
}

/// How a layer's weight and bias begin.
public enum LayerInitial: Hashable, Sendable {
    /// PyTorch's own: both uniform within 1/√(fan in).
    case standard
    /// Bias 0.
    case normal(Double)
    /// Bias 0.
    case truncatedNormal(Double)
    /// `kaiming_normal_(mode: fan_out)` for a leaky slope `a`: deviation √(2 / (1 + a²) / fan out), bias 0.
    case kaimingFanOut(slope: Double)

    func weight(fanIn: Int, fanOut: Int) -> Initial {
        switch self {
        case .standard: .uniform(1 / Double(fanIn).squareRoot())
        case .normal(let deviation): .normal(deviation)
        case .truncatedNormal(let deviation): .truncatedNormal(deviation)
        case .kaimingFanOut(let slope): .normal((2 / (1 + slope * slope) / Double(fanOut)).squareRoot())
        }
    }

    func bias(fanIn: Int) -> Initial {
        self == .standard ? .uniform(1 / Double(fanIn).squareRoot()) : .constant(0)
    }
}
