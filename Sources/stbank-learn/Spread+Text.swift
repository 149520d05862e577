import CommandFace
import Forecasting

extension Spread {
    /// `0.0312 ± 0.0008`.
    var text: String { count > 1 ? "\(Amount.number(mean)) ± \(Amount.number(deviation))" : Amount.number(mean) }
}
