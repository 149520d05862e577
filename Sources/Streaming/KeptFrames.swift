internal import SpaceTime

/// Finds the runs of a sequence's frames from which windows may be cut. StreamOrder.md, "Windows".
struct KeptFrames {
    let axis: TimeAxis
    let crossGaps: Bool
    let keepMissing: Bool

    /// - Parameters:
    ///   - frames: of the sequence.
    ///   - times: of each field that counts.
    ///   - segments: none where windows may lie anywhere.
    ///   - missing: runs of frames without any value, of all fields that count.
    /// - Returns: runs, each as the ranges of its frames in order.
    func runs(
        frames: Int, times: [[FrameTimes.Run]], segments: [Range<Int>], missing: [Range<Int>]
    ) -> [[Range<Int>]] {
        var leftOut: [Range<Int>] = []
        var borders: Set<Int> = []
        for runs in times { mark(runs, &leftOut, &borders) }
        var islands = [0..<frames]
        if !segments.isEmpty {
            islands = KeptFrames.merged(segments.map { $0.clamped(to: 0..<frames) })
            borders.formUnion(segments.map(\.lowerBound))
        }
        if !keepMissing { islands = islands.flatMap { KeptFrames.without(missing, in: $0) } }
        return islands.flatMap { split($0, leftOut: leftOut, borders: borders.sorted()) }
    }

    /// Duplicates and gaps of one field.
    private func mark(_ runs: [FrameTimes.Run], _ leftOut: inout [Range<Int>], _ borders: inout Set<Int>) {
        var begin = 0
        var previous: Int64?
        for run in runs {
            if let previous {
                switch kind(from: previous, to: run.start) {
                case .duplicate: leftOut.append(begin..<(begin + 1))
                case .gap: borders.insert(begin)
                case .none: break
                }
            }
            if run.count > 1 {
                let rest = (begin + 1)..<(begin + run.count)
                switch kind(from: 0, to: run.step) {
                case .duplicate: leftOut.append(rest)
                case .gap: borders.formUnion(rest)
                case .none: break
                }
            }
            begin += run.count
            previous = run.start &+ run.step &* Int64(run.count - 1)
        }
    }

    private enum Kind { case none, duplicate, gap }

    private func kind(from before: Int64, to time: Int64) -> Kind {
        if time == before { return .duplicate }
        guard !crossGaps, let cadence = axis.cadence else { return .none }
        let (step, tooFar) = time.subtractingReportingOverflow(before)
        let (off, tooFarOff) = step.subtractingReportingOverflow(cadence)
        return !tooFar && !tooFarOff && off.magnitude <= max(0, axis.tolerance) ? .none : .gap
    }

    /// Ranges that overlap or touch become one; where one begins there is a border all the same.
    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for range in ranges.filter({ !$0.isEmpty }).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, range.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    private static func without(_ holes: [Range<Int>], in range: Range<Int>) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var begin = range.lowerBound
        for hole in merged(holes) where hole.overlaps(range) {
            if hole.lowerBound > begin { result.append(begin..<hole.lowerBound) }
            begin = max(begin, hole.upperBound)
        }
        if begin < range.upperBound { result.append(begin..<range.upperBound) }
        return result
    }

    /// Cuts at borders and takes out what is left out; a border on a left-out frame counts for the next kept one.
    private func split(_ island: Range<Int>, leftOut: [Range<Int>], borders: [Int]) -> [[Range<Int>]] {
        let kept = KeptFrames.without(leftOut, in: island)
        var runs: [[Range<Int>]] = [[]]
        var next = borders.partitionPoint { $0 <= island.lowerBound }
        for range in kept {
            var begin = range.lowerBound
            while next < borders.count, borders[next] < range.upperBound {
                let border = max(borders[next], range.lowerBound)
                if border > begin { runs[runs.count - 1].append(begin..<border) }
                if !runs[runs.count - 1].isEmpty { runs.append([]) }
                begin = max(begin, border)
                next += 1
            }
            if begin < range.upperBound { runs[runs.count - 1].append(begin..<range.upperBound) }
        }
        return runs.filter { !$0.isEmpty }
    }
}

extension [Int] {
    /// How many elements at the front of a sorted array fulfil a condition.
    fileprivate func partitionPoint(_ isBefore: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBefore(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
