internal import SpaceTime

/// A source of which a selection is delivered.
final class SelectedSource: SurveyedSource {
    let survey: Survey
    private let source: any SurveyedSource
    private let grids: [SelectionGrid]
    private let frames: SelectionFrames
    private let scratch: String

    init(
        _ source: any SurveyedSource, grids: [SelectionGrid], frames: SelectionFrames, notes: [String], scratch: String
    ) {
        self.source = source
        self.scratch = scratch
        self.grids = grids
        self.frames = frames
        var survey = source.survey
        survey.fields = grids.map(\.target)
        survey.sequences = frames.sequences
        survey.timeAxis = frames.axis
        survey.skipped += frames.skipped
        survey.notes += frames.notes + notes
        self.survey = survey
    }

    func read(_ parts: [FrameRange], into sink: any FrameSink) throws {
        let widths = survey.covariates.map(\.width)
        let requests = parts.map { SelectionRequest($0, of: frames.taken[$0.sequence]) }
        let selected = SelectedSink(sink, requests: requests, grids: grids, covariateWidths: widths, scratch: scratch)
        try source.read(requests.map(\.inSource), into: selected)
    }
}

/// A part that was asked for, and where it lies in the source.
struct SelectionRequest {
    let part: FrameRange
    let inSource: FrameRange
    private let frames: [Int]?

    init(_ part: FrameRange, of taken: SelectionFrames.Taken) {
        self.part = part
        frames = taken.frames
        inSource = FrameRange(sequence: taken.sequence, frames: taken.inSource(part.frames))
    }

    /// Which of some consecutive frames are wanted, as positions among them.
    /// - Parameter delivered: positions behind the first frame of `inSource`.
    func wanted(among delivered: Range<Int>) -> [Int] {
        guard let frames, !part.frames.isEmpty else { return Array(0..<delivered.count) }
        let first = inSource.frames.lowerBound + delivered.lowerBound
        let chosen = frames[part.frames]
        var place = chosen.startIndex
        var high = chosen.endIndex
        while place < high {
            let middle = (place + high) / 2
            if chosen[middle] < first { place = middle + 1 } else { high = middle }
        }
        return chosen[place...].prefix { $0 < first + delivered.count }.map { $0 - first }
    }
}
