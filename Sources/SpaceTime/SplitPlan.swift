/// Which frames of a survey belong to which split: what a `SplitRule` makes of a survey. Each frame is in one segment.
public struct SplitPlan: Hashable, Sendable, Codable {
    /// Consecutive frames of one sequence that belong to one split.
    public struct Segment: Hashable, Sendable, Codable {
        public var frames: Range<Int>
        public var split: Split

        public init(frames: Range<Int>, split: Split) {
            self.frames = frames
            self.split = split
        }
    }

    /// A sequence of the data set: a whole sequence of the survey, or what a cut leaves of it.
    public struct Part: Hashable, Sendable, Codable {
        /// The sequence's own ID where the part begins with frame 0, `<id>+<first frame>` elsewhere.
        public var id: String
        public var range: FrameRange
        public var split: Split

        public init(id: String, range: FrameRange, split: Split) {
            self.id = id
            self.range = range
            self.split = split
        }
    }

    public var rule: SplitRule
    /// For each sequence of the survey its segments in order, neighbours of unlike split; none for a sequence without frames.
    public var sequences: [[Segment]]
    /// Splits that the rule leaves without a frame though it was meant to fill them.
    public var emptySplits: [Split]
    /// What a user should know, a sentence each: which splits are empty, and a rule that would fill them.
    public var warnings: [String]

    /// Frames in a split.
    public func frameCount(of split: Split) -> Int {
        sequences.reduce(0) { total, segments in
            segments.reduce(total) { $1.split == split ? $0 + $1.frames.count : $0 }
        }
    }

    /// The sequences that the data set will hold, in the order of the survey.
    public func parts(of survey: Survey) -> [Part] {
        precondition(sequences.count == survey.sequences.count, "a plan for another survey")
        return sequences.indices.flatMap { index in
            sequences[index].map { segment in
                Part(
                    id: Self.partID(of: survey.sequences[index].id, firstFrame: segment.frames.lowerBound),
                    range: FrameRange(sequence: index, frames: segment.frames), split: segment.split)
            }
        }
    }

    /// The ID of a part that begins with a frame of a sequence.
    public static func partID(of sequence: String, firstFrame: Int) -> String {
        firstFrame == 0 ? sequence : "\(sequence)+\(firstFrame)"
    }
}
