internal import SpaceTime

/// What becomes of values on their way into a batch. StreamOrder.md, "Values".
public enum Normalisation: Hashable, Sendable, LosslessStringConvertible {
    /// Physical values: stored * scale + offset.
    case none
    /// Mean 0 and deviation 1 over the training split, by channel.
    case standard
    /// The training split's least and largest value become 0 and 1, by channel.
    case minmax
    /// ln(1 + x) of the physical value; below 0 counts as 0.
    case log
    /// The usual rule of the benchmark that the data set was read from.
    case benchmark
    /// Physical value * a + b.
    case affine(Double, Double)

    public init?(_ text: String) {
        switch text {
        case "none": self = .none
        case "standard": self = .standard
        case "minmax": self = .minmax
        case "log": self = .log
        case "benchmark": self = .benchmark
        default:
            guard text.hasPrefix("affine:") else { return nil }
            let numbers = text.dropFirst(7).split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
            guard numbers.count == 2, let a = numbers[0], let b = numbers[1], a.isFinite, b.isFinite else { return nil }
            self = .affine(a, b)
        }
    }

    public var description: String {
        switch self {
        case .none: "none"
        case .standard: "standard"
        case .minmax: "minmax"
        case .log: "log"
        case .benchmark: "benchmark"
        case .affine(let a, let b):
            "affine:\(JSONValue.real(a).canonicalText),\(JSONValue.real(b).canonicalText)"
        }
    }
}
