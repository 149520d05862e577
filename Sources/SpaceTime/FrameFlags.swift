/// What is to be known of one frame before it is put into a window; one byte a frame on disk.
public struct FrameFlags: OptionSet, Hashable, Sendable, Codable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Has the same time as an earlier frame of the sequence.
    public static let duplicate = FrameFlags(rawValue: 1)
    /// More time than the cadence lies between this frame and the one before.
    public static let gapBefore = FrameFlags(rawValue: 2)
    /// No valid value in any field of the frame.
    public static let missing = FrameFlags(rawValue: 4)
    /// A segment of the source begins here: windows do not reach across.
    public static let segmentBefore = FrameFlags(rawValue: 8)
    /// The frame lies in none of the source's segments.
    public static let outsideSegments = FrameFlags(rawValue: 16)

    /// The flags that follow from times alone: duplicates and gaps. Shape: one a frame.
    public static func derived(from times: FrameTimes, axis: TimeAxis) -> [FrameFlags] {
        var previous: Int64?
        return times.values.map { time in
            defer { previous = time }
            guard let before = previous else { return [] }
            if time == before { return .duplicate }
            guard let cadence = axis.cadence else { return [] }
            let (step, tooFar) = time.subtractingReportingOverflow(before)
            let (offCadence, tooFarOff) = step.subtractingReportingOverflow(cadence)
            let isRegular = !tooFar && !tooFarOff && offCadence.magnitude <= max(0, axis.tolerance)
            return isRegular ? [] : .gapBefore
        }
    }
}
