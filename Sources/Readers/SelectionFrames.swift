internal import SpaceTime

/// Which frames of which sequences a selection takes.
struct SelectionFrames {
    /// A sequence of which something is taken.
    struct Taken {
        /// Position among the source's sequences.
        var sequence: Int
        /// The frames taken, ascending; nil for all of them.
        var frames: [Int]?

        /// Positions in the source of some of the frames taken.
        func inSource(_ range: Range<Int>) -> Range<Int> {
            guard let frames, !range.isEmpty else { return range }
            return frames[range.lowerBound]..<frames[range.upperBound - 1] + 1
        }
    }

    let taken: [Taken]
    let sequences: [SequenceSurvey]
    let axis: TimeAxis
    private(set) var skipped: [Survey.Skipped] = []
    private(set) var notes: [String] = []
    let isIdentity: Bool

    /// - Throws: `.usage` where nothing is left; `.damaged` for duplicates that are refused.
    init(_ selection: Selection, _ survey: Survey) throws(ReaderError) {
        let range = try selection.time?.range(on: survey.timeAxis)
        var taken: [Taken] = []
        var sequences: [SequenceSurvey] = []
        var counts = Counts()
        for (index, sequence) in survey.sequences.enumerated() {
            let frames = try SelectionFrames.frames(of: sequence, selection, range, &counts)
            if let frames, frames.isEmpty {
                counts.emptied += 1
            } else if let selected = SelectionFrames.selected(sequence, frames) {
                taken.append(Taken(sequence: index, frames: frames))
                sequences.append(selected)
            } else {
                counts.outside += 1
            }
        }
        guard !taken.isEmpty || survey.sequences.isEmpty else {
            throw ReaderError(.usage, "--set time=\(selection.time?.text ?? ""): no frame lies there")
        }
        self.taken = taken
        self.sequences = sequences
        axis = SelectionFrames.axis(survey.timeAxis, stride: selection.stride)
        isIdentity =
            axis == survey.timeAxis && taken.count == survey.sequences.count && taken.allSatisfy { $0.frames == nil }
        report(counts, selection)
    }

    private struct Counts {
        var outOfTime = 0
        var repeated = 0
        var emptied = 0
        var outside = 0
    }

    private mutating func report(_ counts: Counts, _ selection: Selection) {
        let time = selection.time?.text ?? ""
        if counts.emptied > 0 {
            skipped.append(.init("\(counts.emptied) sequences", reason: "no frame in time=\(time)"))
        }
        if counts.outside > 0 {
            skipped.append(
                .init("\(counts.outside) sequences", reason: "no selected frame lies in one of its segments"))
        }
        if counts.outOfTime > 0 { notes.append("\(counts.outOfTime) frames lie outside time=\(time)") }
        if counts.repeated > 0 {
            notes.append("\(counts.repeated) frames repeat the time before them and are left out")
        }
        if selection.stride > 1 { notes.append("of each sequence every frame number divisible by \(selection.stride)") }
    }

    /// The frames taken of one sequence; nil for all. Times are those of the first field.
    private static func frames(
        of sequence: SequenceSurvey, _ selection: Selection, _ range: ClosedRange<Int64>?, _ counts: inout Counts
    ) throws(ReaderError) -> [Int]? {
        if range == nil, selection.duplicates == .keep, selection.stride == 1 { return nil }
        let times = sequence.times(ofField: 0).values
        var frames = Array(times.indices)
        if let range {
            frames.removeAll { !range.contains(times[$0]) }
            counts.outOfTime += times.count - frames.count
        }
        if selection.duplicates != .keep { try removeRepeats(&frames, times, sequence, selection, &counts) }
        if selection.stride > 1 {
            frames = Swift.stride(from: 0, to: frames.count, by: selection.stride).map { frames[$0] }
        }
        return frames.count == times.count ? nil : frames
    }

    private static func removeRepeats(
        _ frames: inout [Int], _ times: [Int64], _ sequence: SequenceSurvey, _ selection: Selection,
        _ counts: inout Counts
    ) throws(ReaderError) {
        var kept: [Int] = []
        for frame in frames {
            guard let last = kept.last, times[last] == times[frame] else {
                kept.append(frame)
                continue
            }
            counts.repeated += 1
            if selection.duplicates == .refuse {
                throw ReaderError(
                    .damaged,
                    "frames \(last) and \(frame) of sequence `\(sequence.id)` have the same time; "
                        + "--set duplicates=first takes the first")
            }
        }
        frames = kept
    }

    /// nil where the source has segments and none of the frames lies in one.
    private static func selected(_ sequence: SequenceSurvey, _ frames: [Int]?) -> SequenceSurvey? {
        guard let frames else { return sequence }
        var result = sequence
        result.times = sequence.times.map { times in
            let values = times.values
            return FrameTimes(frames.map { values[$0] })
        }
        result.segments = sequence.segments.compactMap { segment in
            let lower = place(of: segment.lowerBound, in: frames)
            let upper = place(of: segment.upperBound, in: frames)
            return lower < upper ? lower..<upper : nil
        }
        return result.segments.isEmpty && !sequence.segments.isEmpty ? nil : result
    }

    /// How many of the frames lie before one.
    private static func place(of frame: Int, in frames: [Int]) -> Int {
        var low = 0
        var high = frames.count
        while low < high {
            let middle = (low + high) / 2
            if frames[middle] < frame { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private static func axis(_ axis: TimeAxis, stride: Int) -> TimeAxis {
        var result = axis
        result.cadence = axis.cadence.map { cadence in
            let (product, overflow) = cadence.multipliedReportingOverflow(by: Int64(stride))
            return overflow ? cadence : product
        }
        return result
    }
}
