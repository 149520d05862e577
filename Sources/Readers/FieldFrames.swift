internal import SpaceTime

/// Delivers the frames of one field of a survey, by sequence and position.
protocol FieldFrames: AnyObject {
    /// Writes `frames` of a sequence to `buffer`, which they fill: frame, channel, row, column.
    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError)

    /// What was counted since it was last asked for ("negative values": 12), in a fixed order.
    func takeFindings() -> [(what: String, count: Int)]
}

extension FieldFrames {
    func takeFindings() -> [(what: String, count: Int)] { [] }
}

/// Surveyed frames whose fields each deliver their own.
final class FieldSource: SurveyedSource {
    let survey: Survey
    let isFitted: Bool
    private let fields: [any FieldFrames]
    /// The covariates of some frames, in the order of the survey's; each holds `width` numbers a frame.
    private let covariates: (FrameRange) -> [[Double]]

    /// - Parameter fitting: what the frames of the only field have been through, where they have unlike sizes.
    init(
        _ survey: Survey, fields: [any FieldFrames], fitting: FrameFitting? = nil,
        covariates: @escaping (FrameRange) -> [[Double]] = { _ in [] }
    ) {
        precondition(survey.fields.count == fields.count, "\(fields.count) sources for \(survey.fields.count) fields")
        self.survey = fitting?.applied(to: survey) ?? survey
        isFitted = fitting != nil
        self.fields = fields
        self.covariates = covariates
    }

    func read(_ parts: [FrameRange], into sink: any FrameSink) throws {
        for part in parts {
            try check(part)
            try sink.begin(part, covariates: covariates(part))
            for index in fields.indices { try deliver(part, field: index, into: sink) }
            for finding in fields.flatMap({ $0.takeFindings() }) where finding.count > 0 {
                try sink.tally(finding.what, by: finding.count)
            }
            try sink.end()
        }
    }

    private func check(_ part: FrameRange) throws(ReaderError) {
        guard survey.sequences.indices.contains(part.sequence), part.frames.lowerBound >= 0,
            part.frames.upperBound <= survey.sequences[part.sequence].frameCount
        else { throw ReaderError(.usage, "frames \(part.frames) of sequence \(part.sequence) are not in the survey") }
    }

    private func deliver(_ part: FrameRange, field: Int, into sink: any FrameSink) throws {
        var next = part.frames.lowerBound
        while next < part.frames.upperBound {
            let end = min(next + max(1, sink.capacity(ofField: field)), part.frames.upperBound)
            try sink.write(field: field, count: end - next) { buffer in
                try fields[field].read(next..<end, ofSequence: part.sequence, into: buffer)
            }
            next = end
        }
    }
}
