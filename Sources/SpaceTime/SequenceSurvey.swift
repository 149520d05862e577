/// What is known of one sequence before its frames are read.
public struct SequenceSurvey: Hashable, Sendable, Codable {
    /// Unique in the survey, the same whatever folder the files lie in.
    public var id: String
    /// One for each field, or one that all fields share; their counts are equal.
    public var times: [FrameTimes]
    /// What may not be torn apart by a split: a person, an episode, a case. The sequence's own ID where nil.
    public var group: String?
    /// The split the source itself assigns.
    public var split: Split?
    /// The time that decides a split by date for the sequence as a whole; its first frame's where nil.
    public var splitTime: Int64?
    /// Ranges of frames that windows may not leave (KTH index). Empty: the whole sequence.
    public var segments: [Range<Int>]
    /// What else the source says: event type, episode, subject, corners, file and position. The same keys in all sequences.
    public var attributes: [String: Scalar]

    public init(
        id: String, times: [FrameTimes], group: String? = nil, split: Split? = nil, splitTime: Int64? = nil,
        segments: [Range<Int>] = [], attributes: [String: Scalar] = [:]
    ) {
        precondition(!times.isEmpty && times.allSatisfy { $0.count == times[0].count }, "unlike lengths in \(id)")
        self.id = id
        self.times = times
        self.group = group
        self.split = split
        self.splitTime = splitTime
        self.segments = segments
        self.attributes = attributes
    }

    public var frameCount: Int { times[0].count }

    /// The times of one field's frames.
    public func times(ofField field: Int) -> FrameTimes { times.count == 1 ? times[0] : times[field] }
}
