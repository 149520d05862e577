/// The times of a sequence's frames, in order, kept as runs of equal step so that a year of 5-minute frames is a few numbers.
///
/// Seconds since 1970-01-01 in the source's own clock, or the values of a frame counter.
public struct FrameTimes: Hashable, Sendable, Codable {
    /// `count` times from `start`, each `step` after the one before.
    public struct Run: Hashable, Sendable, Codable {
        public var start: Int64
        public var step: Int64
        public var count: Int

        public init(start: Int64, step: Int64, count: Int) {
            self.start = start
            self.step = step
            self.count = count
        }

        var last: Int64 { start + step * Int64(count - 1) }
    }

    public private(set) var runs: [Run] = []
    public private(set) var count = 0

    public init() {}

    public init(_ values: some Sequence<Int64>) {
        for value in values { append(value) }
    }

    /// `count` times from `start`, `step` apart.
    public init(start: Int64 = 0, step: Int64 = 1, count: Int) {
        if count > 0 { runs = [Run(start: start, step: step, count: count)] }
        self.count = count
    }

    public mutating func append(_ value: Int64) {
        count += 1
        guard let last = runs.last else {
            runs.append(Run(start: value, step: 0, count: 1))
            return
        }
        let (step, overflow) = value.subtractingReportingOverflow(last.last)
        if last.count == 1, !overflow {
            runs[runs.count - 1] = Run(start: last.start, step: step, count: 2)
        } else if !overflow, step == last.step {
            runs[runs.count - 1].count += 1
        } else {
            runs.append(Run(start: value, step: 0, count: 1))
        }
    }

    public var values: [Int64] {
        var result: [Int64] = []
        result.reserveCapacity(count)
        for run in runs {
            for index in 0..<run.count { result.append(run.start + run.step * Int64(index)) }
        }
        return result
    }

    public var first: Int64? { runs.first?.start }
    public var last: Int64? { runs.last?.last }

    /// The times of some of the frames. Cost: the number of runs.
    public func slice(_ range: Range<Int>) -> FrameTimes {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "frames \(range) of \(count)")
        var result = FrameTimes()
        var begin = 0
        for run in runs {
            let part = range.clamped(to: begin..<(begin + run.count))
            if !part.isEmpty {
                let start = run.start + run.step * Int64(part.lowerBound - begin)
                result.runs.append(Run(start: start, step: part.count == 1 ? 0 : run.step, count: part.count))
                result.count += part.count
            }
            begin += run.count
        }
        return result
    }
}
