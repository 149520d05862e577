/// How often an event was forecast and how often it came; counted exactly.
public struct EventCounts: Hashable, Sendable, Codable {
    /// Forecast, and it came.
    public var hits = 0
    /// Not forecast, but it came.
    public var misses = 0
    /// Forecast, but it did not come.
    public var falseAlarms = 0

    public init(hits: Int = 0, misses: Int = 0, falseAlarms: Int = 0) {
        self.hits = hits
        self.misses = misses
        self.falseAlarms = falseAlarms
    }

    /// What Earthformer adds to every denominator (metrics/sevir.py), so that no event at all gives 0.
    public static let epsilon = 1e-4

    /// Critical success index: hits / (hits + misses + false alarms).
    public var csi: Double { Double(hits) / (Double(hits + misses + falseAlarms) + Self.epsilon) }

    /// Probability of detection: hits / (hits + misses).
    public var pod: Double { Double(hits) / (Double(hits + misses) + Self.epsilon) }

    /// Success ratio: hits / (hits + false alarms).
    public var successRatio: Double { Double(hits) / (Double(hits + falseAlarms) + Self.epsilon) }

    /// False alarm ratio: false alarms / (hits + false alarms).
    public var far: Double { Double(falseAlarms) / (Double(hits + falseAlarms) + Self.epsilon) }

    /// Frequency bias: events forecast / events that came; 1 is right.
    public var bias: Double { Double(hits + falseAlarms) / (Double(hits + misses) + Self.epsilon) }

    /// What Earthformer calls bias: the frequency bias by ln 2, squared.
    public var earthformerBias: Double {
        let ratio = bias / 0.693_147_180_559_945_3
        return ratio * ratio
    }

    public static func + (one: EventCounts, other: EventCounts) -> EventCounts {
        EventCounts(
            hits: one.hits + other.hits, misses: one.misses + other.misses,
            falseAlarms: one.falseAlarms + other.falseAlarms)
    }
}
