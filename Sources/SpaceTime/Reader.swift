/// Knows one source format or benchmark layout.
///
/// Reading has two steps: `survey` looks at names and headers and says what is there; the surveyed source then delivers
/// frames of chosen sequences. All bytes are untrusted: every count, name and offset is checked before it is used.
public protocol Reader: Sendable {
    /// The word on the command line: `sevir`, `taxibj`, …
    static var format: String { get }
    /// Rises whenever the same files and settings would yield other frames.
    static var version: Int { get }
    /// The keys that `--set` takes for this format, besides those of `Selection` that all formats take.
    static var options: [ReaderOption] { get }

    /// - Throws: `ReaderError` with code `.usage` for settings it cannot use.
    init(_ settings: ReaderSettings) throws(ReaderError)

    /// Looks at the files and folders named by the user.
    func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource
}

/// Files that have been looked at and are ready to be read.
public protocol SurveyedSource {
    var survey: Survey { get }
    /// The frames have unlike sizes and come as `size` and `crop` say already.
    var isFitted: Bool { get }

    /// Delivers the frames of `parts`, in the order given, from the first to the last of each.
    func read(_ parts: [FrameRange], into sink: any FrameSink) throws
}

extension SurveyedSource {
    public var isFitted: Bool { false }
}

/// Some consecutive frames of one sequence of a survey.
public struct FrameRange: Hashable, Sendable, Codable {
    /// Position in `Survey.sequences`.
    public var sequence: Int
    public var frames: Range<Int>

    public init(sequence: Int, frames: Range<Int>) {
        self.sequence = sequence
        self.frames = frames
    }
}
