internal import Glibc
internal import SpaceTime

/// Two fields whose numbers follow from their position, so that a test can tell what it should get.
struct SelfTestReader: Reader {
    static let format = "selftest"
    static let version = 1
    static let options = [ReaderOption("act", .text, standard: "good", help: "What to do.")]

    private let act: String
    private let frames: Int

    init(_ settings: ReaderSettings) throws(ReaderError) {
        act = settings["act"] ?? "good"
        frames = settings.integer("frames") ?? 1000
        if act == "fail-settings" { throw ReaderError(.usage, "no such act") }
    }

    func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        if let path = location.paths.first { SourceTrace.note(path) }
        try Misdeed.inSurvey(act, location)
        let count = act == "huge" ? 100_000 : 4
        let sequences = (0..<count).map { index in
            SequenceSurvey(
                id: "sequence \(index)", times: [FrameTimes(start: Int64(index), step: 300, count: frames + index)],
                attributes: [
                    "place": .text(String(repeating: "x", count: act == "huge" ? 100 : 1)), "nan": .real(.nan),
                ])
        }
        let fields = [
            Field(name: "small", element: .uint8, rows: 4, columns: 5),
            Field(
                name: "large", element: .float32, channels: 2, rows: 3, columns: act == "wide" ? 50_000 : 3,
                missing: [.real(-9999), .integer(3)]),
        ]
        let survey = Survey(
            format: Self.format, variant: "test", title: "A test", fields: fields, timeAxis: TimeAxis(kind: .clock),
            covariates: [Survey.Covariate(name: "weather", width: 2)], sequences: sequences,
            sources: location.paths.map { Survey.Source(path: $0, name: "file") }, splitRule: .source)
        return SelfTestSource(survey: survey, act: act)
    }
}

struct SelfTestSource: SurveyedSource {
    let survey: Survey
    let act: String

    func read(_ parts: [FrameRange], into sink: any FrameSink) throws {
        for part in parts {
            try Misdeed.beforePart(act, part)
            let numbers = part.frames.flatMap { [Double($0), $0 % 7 == 0 ? .nan : 0.5] }
            try sink.begin(part, covariates: [numbers])
            if act == "refuse", part.sequence == 1 {
                try sink.refuse("the middle is torn")
                continue
            }
            try Misdeed.insidePart(act, part)
            for field in survey.fields.indices { try write(field, part, sink) }
            try sink.tally("frames seen", by: part.frames.count)
            try sink.end()
            try Misdeed.afterPart(act, part)
        }
        if act == "forget" { try sink.begin(parts[0], covariates: []) }
    }

    private func write(_ field: Int, _ part: FrameRange, _ sink: any FrameSink) throws {
        var frame = part.frames.lowerBound
        while frame < part.frames.upperBound {
            let count = min(sink.capacity(ofField: field), part.frames.upperBound - frame)
            try sink.write(field: field, count: count) { bytes in
                for index in bytes.indices {
                    bytes[index] = UInt8(truncatingIfNeeded: frame &* 31 &+ part.sequence &* 7 &+ field &* 3 &+ index)
                }
            }
            frame += count
        }
    }
}
