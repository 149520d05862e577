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

        var last: Int64 { time(of: count - 1) }

        /// The time of a frame of the run. The product alone may need more than 64 bits, the sum does not.
        func time(of index: Int) -> Int64 { start &+ step &* Int64(index) }

        /// Whether there is a frame and the last one's time fits.
        var isInRange: Bool {
            guard count > 0 else { return false }
            return Int64(exactly: Int128(start) + Int128(step) * Int128(count - 1)) != nil
        }
    }

    public private(set) var runs: [Run] = []
    public private(set) var count = 0

    public init() {}

    public init(_ values: some Sequence<Int64>) {
        for value in values { append(value) }
    }

    /// `count` times from `start`, `step` apart.
    public init(start: Int64 = 0, step: Int64 = 1, count: Int) {
        precondition(count >= 0, "\(count) frames")
        if count > 0 { runs = [Run(start: start, step: count == 1 ? 0 : step, count: count)] }
        precondition(runs.allSatisfy(\.isInRange), "times beyond 64 bits")
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
            for index in 0..<run.count { result.append(run.time(of: index)) }
        }
        return result
    }

    /// The position of a time; nil where it does not occur. Cost: the number of runs.
    public func index(of time: Int64) -> Int? {
        var begin = 0
        for run in runs {
            let (distance, overflow) = time.subtractingReportingOverflow(run.start)
            if !overflow {
                if distance == 0 { return begin }
                if run.step != 0, distance % run.step == 0, (1..<Int64(run.count)).contains(distance / run.step) {
                    return begin + Int(distance / run.step)
                }
            }
            begin += run.count
        }
        return nil
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
                let start = run.time(of: part.lowerBound - begin)
                result.append(Run(start: start, step: run.step, count: part.count))
            }
            begin += run.count
        }
        return result
    }

    /// Appends a run, so that the same times are the same runs however they came together.
    private mutating func append(_ run: Run) {
        var taken = 0
        while taken < run.count {
            append(run.time(of: taken))
            taken += 1
            guard let last = runs.last, last.count > 1, last.step == run.step else { continue }
            runs[runs.count - 1].count += run.count - taken
            count += run.count - taken
            return
        }
    }
}

extension FrameTimes {
    private enum CodingKeys: String, CodingKey {
        case runs, count
    }

    /// - Throws: `DecodingError` where the runs do not make the count or times do not fit into 64 bits.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let runs = try container.decode([Run].self, forKey: .runs)
        let count = try container.decode(Int.self, forKey: .count)
        var total = 0
        for run in runs {
            let (sum, overflow) = total.addingReportingOverflow(run.count)
            guard run.isInRange, !overflow else {
                throw DecodingError.dataCorruptedError(
                    forKey: .runs, in: container, debugDescription: "run beyond 64 bits")
            }
            total = sum
        }
        guard total == count else {
            throw DecodingError.dataCorruptedError(
                forKey: .count, in: container, debugDescription: "\(total) times are said to be \(count)")
        }
        self.runs = runs
        self.count = count
    }
}
