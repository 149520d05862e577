/// Cuts sequences by the times of their frames: validation from one time on, test from another; nil where there is none.
struct FrameTimeCut {
    var validationFrom: Int64?
    var testFrom: Int64?

    static let allTrain = FrameTimeCut(validationFrom: nil, testFrom: nil)

    init(validationFrom: Int64?, testFrom: Int64?) {
        self.validationFrom = validationFrom
        self.testFrom = testFrom
    }

    /// The times that leave the shares before and between them, in order of time over all sequences.
    init(_ shares: SplitRule.Shares, of survey: Survey) {
        let times = survey.sequences.map(\.times[0]).filter { $0.count > 0 }
        let total = times.reduce(0) { $0 + $1.count }
        validationFrom = Self.time(ofFrame: Self.part(total, shares.train), in: times, total)
        testFrom = Self.time(ofFrame: Self.part(total, shares.train + shares.validation), in: times, total)
    }

    func segments(of survey: Survey) -> [[SplitPlan.Segment]] { survey.sequences.map { segments(of: $0.times[0]) } }

    private func segments(of times: FrameTimes) -> [SplitPlan.Segment] {
        var result: [SplitPlan.Segment] = []
        var position = 0
        for run in times.runs {
            for piece in pieces(of: run) {
                let frames = position..<(position + piece.count)
                if let last = result.last, last.split == piece.split {
                    result[result.count - 1].frames = last.frames.lowerBound..<frames.upperBound
                } else {
                    result.append(SplitPlan.Segment(frames: frames, split: piece.split))
                }
                position = frames.upperBound
            }
        }
        return result
    }

    /// Consecutive frames of a run with their split. The times of a run rise, stay or fall throughout.
    private func pieces(of run: FrameTimes.Run) -> [(count: Int, split: Split)] {
        let validation = run.count(before: validationFrom)
        let test = max(validation, run.count(before: testFrom))
        let counts: [(count: Int, split: Split)] = [
            (validation, .train), (test - validation, .validation), (run.count - test, .test),
        ]
        return (run.step < 0 ? counts.reversed() : counts).filter { $0.count > 0 }
    }

    private static func part(_ total: Int, _ share: Int) -> Int {
        // Without overflow: the quotient and the rest of the division by 100 one by one.
        total / 100 * share + total % 100 * share / 100
    }

    /// The time of frame number `rank` in order of time; nil where there are no more frames.
    private static func time(ofFrame rank: Int, in times: [FrameTimes], _ total: Int) -> Int64? {
        guard rank < total, var low = times.compactMap(\.earliest).min(), var high = times.compactMap(\.latest).max()
        else { return nil }
        // The least time that more than `rank` frames do not exceed.
        while low < high {
            let middle = low + Int64(UInt64(bitPattern: high &- low) / 2)
            let upTo = times.reduce(0) { total, times in
                times.runs.reduce(total) { $0 + $1.count(before: middle + 1) }
            }
            if upTo > rank { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension FrameTimes.Run {
    /// Frames whose time is less than a limit; all where there is none.
    func count(before limit: Int64?) -> Int {
        guard let limit else { return count }
        if step == 0 { return start < limit ? count : 0 }
        let (low, high) = step > 0 ? (start, last) : (last, start)
        if limit <= low { return 0 }
        if limit > high { return count }
        // 0 < limit - low <= high - low, which may need 64 bits without a sign.
        let distance = UInt64(bitPattern: limit &- low)
        return Int((distance - 1) / step.magnitude) + 1
    }

    var least: Int64 { min(start, last) }
    var largest: Int64 { max(start, last) }
}

extension FrameTimes {
    /// The least time; nil without frames.
    var earliest: Int64? { runs.map(\.least).min() }
    /// The largest time; nil without frames.
    var latest: Int64? { runs.map(\.largest).max() }
}
