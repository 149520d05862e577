internal import SpaceTime

/// Frames of a survey's only field, by sequence and position.
protocol PictureFrames: AnyObject {
    /// Writes `frames` of a sequence to `buffer`, which they fill: frame, channel, row, column.
    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError)
}

/// Surveyed sequences of one field that are delivered as they are asked for.
final class PictureDelivery: SurveyedSource {
    /// What a frame that does not decode does.
    enum Damage {
        /// The sequence is left out and reported; the others go on.
        case leavesOutTheSequence
        /// Nothing is read on.
        case stops
    }

    let survey: Survey
    let isFitted: Bool
    private let frames: any PictureFrames
    private let damage: Damage

    /// - Parameter fitting: what the frames have been through, where they have unlike sizes.
    init(_ survey: Survey, frames: any PictureFrames, damage: Damage, fitting: FrameFitting? = nil) {
        precondition(survey.fields.count == 1, "one field, not \(survey.fields.count)")
        self.survey = fitting?.applied(to: survey) ?? survey
        isFitted = fitting != nil
        self.frames = frames
        self.damage = damage
    }

    func read(_ parts: [FrameRange], into sink: any FrameSink) throws {
        var refused: Set<Int> = []
        for part in parts where !refused.contains(part.sequence) {
            try check(part)
            try sink.begin(part, covariates: [])
            guard let fault = try deliver(part, into: sink) else {
                try sink.end()
                continue
            }
            guard damage == .leavesOutTheSequence, fault.code == .damaged else { throw fault }
            try sink.refuse("\(name(of: fault)): \(fault.message)")
            refused.insert(part.sequence)
        }
    }

    /// What is wrong with a frame of the part; nil where all were delivered.
    private func deliver(_ part: FrameRange, into sink: any FrameSink) throws -> ReaderError? {
        var fault: ReaderError?
        var next = part.frames.lowerBound
        do {
            while next < part.frames.upperBound {
                let end = min(next + max(1, sink.capacity(ofField: 0)), part.frames.upperBound)
                try sink.write(field: 0, count: end - next) { buffer in
                    do throws(ReaderError) {
                        try frames.read(next..<end, ofSequence: part.sequence, into: buffer)
                    } catch {
                        fault = error
                        throw error
                    }
                }
                next = end
            }
        } catch {
            // What the sink itself throws is not the frames' fault.
            guard let fault else { throw error }
            return fault
        }
        return nil
    }

    private func check(_ part: FrameRange) throws(ReaderError) {
        guard survey.sequences.indices.contains(part.sequence), part.frames.lowerBound >= 0,
            part.frames.upperBound <= survey.sequences[part.sequence].frameCount
        else { throw ReaderError(.usage, "frames \(part.frames) of sequence \(part.sequence) are not in the survey") }
    }

    /// The name inside the data set of the file that a fault names.
    private func name(of fault: ReaderError) -> String {
        survey.sources.first { $0.path == fault.path }?.name ?? fault.path ?? "a frame"
    }
}
