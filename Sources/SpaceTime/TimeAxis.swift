/// What the numbers of `FrameTimes` mean.
public struct TimeAxis: Hashable, Sendable, Codable {
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Seconds since 1970-01-01 00:00 in the source's own clock.
        case clock
        /// A frame counter.
        case counter
    }

    public var kind: Kind
    /// Minutes east of UTC of the source's clock; nil where it is not known or the axis is a counter.
    public var utcOffsetMinutes: Int?
    /// The step from frame to frame that the source promises, in units of the axis; nil where none is.
    public var cadence: Int64?
    /// How far a step may be off `cadence` and still be no gap.
    public var tolerance: Int64
    /// The length of one count in seconds, where known (0.04 for film of 25 frames a second).
    public var secondsPerCount: Double?

    public init(
        kind: Kind, utcOffsetMinutes: Int? = nil, cadence: Int64? = nil, tolerance: Int64 = 0,
        secondsPerCount: Double? = nil
    ) {
        self.kind = kind
        self.utcOffsetMinutes = utcOffsetMinutes
        self.cadence = cadence
        self.tolerance = tolerance
        self.secondsPerCount = secondsPerCount
    }
}
