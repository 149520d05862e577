internal import DataBank
internal import Glibc
package import SpaceTime

/// Frames held in memory, handed over as a reader process would.
package final class MemoryProvider: FrameProvider {
    package var survey: Survey
    /// Bytes of every sequence, field by field.
    package var frames: [[[UInt8]]]
    package var covariates: [[[Double]]]
    /// Sequences refused halfway.
    package var damaged: Set<String> = []
    /// Fails when it is asked for more parts than these.
    package var endsAfter = Int.max
    package private(set) var delivered: [FrameRange] = []

    package init(_ survey: Survey, frames: [[[UInt8]]], covariates: [[[Double]]] = []) {
        self.survey = survey
        self.frames = frames
        self.covariates = covariates
    }

    package func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        for part in parts {
            guard delivered.count < endsAfter else { throw BankError(.system, "the reader ended") }
            delivered.append(part)
            let own = covariates.isEmpty ? [] : covariates[part.sequence]
            try receiver.begin(
                part,
                covariates: zip(survey.covariates, own).map { covariate, numbers in
                    Array(
                        numbers[(part.frames.lowerBound * covariate.width)..<(part.frames.upperBound * covariate.width)]
                    )
                })
            for (number, field) in survey.fields.enumerated() {
                for frame in part.frames { try send(frame, of: part.sequence, field, number, to: receiver) }
                if damaged.contains(survey.sequences[part.sequence].id) { break }
            }
            if damaged.contains(survey.sequences[part.sequence].id) {
                try receiver.refuse("bytes are missing")
            } else {
                try receiver.end()
            }
        }
    }

    private func send(_ frame: Int, of sequence: Int, _ field: Field, _ number: Int, to receiver: any FrameReceiver)
        throws
    {
        let size = field.frameByteCount
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
        buffer.copyBytes(from: frames[sequence][number][(frame * size)..<((frame + 1) * size)])
        let block = FrameBlock(bytes: UnsafeRawBufferPointer(buffer)) {
            [address = UInt(bitPattern: buffer.baseAddress)] in
            free(UnsafeMutableRawPointer(bitPattern: address))
        }
        try receiver.receive(block, field: number, count: 1)
    }

    /// A survey of some sequences with two fields of unlike type, filled with numbers that follow from a seed.
    package static func sample(seed: UInt64 = 1, sequences: Int = 5, frames count: Int = 7) -> MemoryProvider {
        let fields = [
            Field(name: "rain", element: .uint8, rows: 6, columns: 5, missing: [.integer(255)]),
            Field(
                name: "wind", element: .float32, channels: 2, rows: 3, columns: 4, channelNames: ["u", "v"],
                units: "m s-1"),
        ]
        let surveys = (0..<sequences).map { number in
            SequenceSurvey(
                id: "s\(number)", times: [FrameTimes(start: Int64(number) * 100_000, step: 300, count: count)],
                split: number == sequences - 1 ? .test : .train, attributes: ["number": .integer(Int64(number))])
        }
        let survey = Survey(
            format: "memory", variant: "sample", title: "Numbers from a seed", fields: fields,
            timeAxis: TimeAxis(kind: .clock, utcOffsetMinutes: 0, cadence: 300), covariates: [.init(name: "warmth")],
            sequences: surveys, sources: [], splitRule: .source)
        var generator = Numbers(state: seed)
        let frames = (0..<sequences).map { _ in
            [
                (0..<(count * 30)).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 32) },
                (0..<(count * 24)).flatMap { _ in
                    withUnsafeBytes(of: Float(Int32(truncatingIfNeeded: generator.next() >> 40)) / 256) { Array($0) }
                },
            ]
        }
        let warmth = (0..<sequences).map { _ in [(0..<count).map(Double.init)] }
        return MemoryProvider(survey, frames: frames, covariates: warmth)
    }
}

/// A small generator for test data.
package struct Numbers: RandomNumberGenerator {
    package var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state
    }
}
