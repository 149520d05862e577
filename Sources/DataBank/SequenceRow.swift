package import SpaceTime

/// One sequence of a data set: a line of `sequences.jsonl`.
package struct SequenceRow: Hashable, Sendable, Codable {
    /// Unique in the data set.
    package var id: String
    /// The source's sequence this one was cut from at a split border; the same as `id` where nothing was cut.
    package var origin: String
    /// The number of this sequence's first frame in `origin`.
    package var firstFrame: Int
    package var frames: Int
    package var split: Split
    package var group: String
    /// Ranges that windows may not leave, as pairs of first frame and frame count; empty for the whole sequence.
    package var segments: [[Int]]
    package var attributes: [String: Scalar]
    /// One for each field, or one that all share.
    package var times: [FrameTimes]
    /// SHA-256 of the decoded frames of each field.
    package var content: [Digest]
    /// Frames without any valid element: for each field runs of first frame and frame count.
    package var missing: [[[Int]]]
    /// SHA-256 of the covariates' numbers, frame by frame; nil where the data set has none.
    package var covariates: Digest?

    package func times(ofField field: Int) -> FrameTimes { times.count == 1 ? times[0] : times[field] }
}

extension SequenceRow {
    /// Duplicates, gaps, borders of segments, empty frames. Shape: one a frame.
    package func flags(ofField field: Int, axis: TimeAxis) -> [FrameFlags] {
        var flags = FrameFlags.derived(from: times(ofField: field), axis: axis)
        for run in missing[field] {
            for frame in run[0]..<(run[0] + run[1]) { flags[frame].insert(.missing) }
        }
        guard !segments.isEmpty else { return flags }
        var isInside = [Bool](repeating: false, count: frames)
        for segment in segments {
            flags[segment[0]].insert(.segmentBefore)
            for frame in segment[0]..<(segment[0] + segment[1]) { isInside[frame] = true }
        }
        for frame in 0..<frames where !isInside[frame] { flags[frame].insert(.outsideSegments) }
        return flags
    }
}

extension SequenceRow {
    /// The row of a part of a surveyed sequence.
    init(
        _ part: SplitPlan.Part, of survey: Survey, content: [Digest] = [], missing: [[[Int]]]? = nil,
        covariates: Digest? = nil
    ) {
        let sequence = survey.sequences[part.range.sequence]
        let own = sequence.segments.map { $0.clamped(to: part.range.frames) }.filter { !$0.isEmpty }
        self.init(
            id: part.id, origin: sequence.id, firstFrame: part.range.frames.lowerBound, frames: part.range.frames.count,
            split: part.split, group: sequence.group ?? sequence.id,
            segments: own.map { [$0.lowerBound - part.range.frames.lowerBound, $0.count] },
            attributes: sequence.attributes,
            times: sequence.times.map { $0.slice(part.range.frames) }, content: content,
            missing: missing ?? survey.fields.map { _ in [] }, covariates: covariates)
    }
}
