import Draws
import Foundation
import Readers
import SpaceTime

/// A source of made-up numbers, kept in memory; delivers in small blocks, two fields by turns.
final class SelectionTestSource: SurveyedSource {
    let survey: Survey
    /// Bytes by sequence and field.
    let bytes: [[[UInt8]]]
    /// Numbers by sequence and covariate.
    let covariates: [[[Double]]]
    private let block: Int

    init(_ survey: Survey, bytes: [[[UInt8]]], covariates: [[[Double]]], block: Int = 4) {
        self.survey = survey
        self.bytes = bytes
        self.covariates = covariates
        self.block = block
    }

    func read(_ parts: [FrameRange], into sink: any FrameSink) throws {
        for part in parts {
            let chosen = zip(covariates[part.sequence], survey.covariates).map { values, covariate in
                Array(values[part.frames.lowerBound * covariate.width..<part.frames.upperBound * covariate.width])
            }
            try sink.begin(part, covariates: chosen)
            var done = survey.fields.map { _ in part.frames.lowerBound }
            while zip(done, survey.fields).contains(where: { $0.0 < part.frames.upperBound }) {
                for (field, description) in survey.fields.enumerated() where done[field] < part.frames.upperBound {
                    let count = min(block, sink.capacity(ofField: field), part.frames.upperBound - done[field])
                    let size = description.frameByteCount
                    let source = bytes[part.sequence][field][done[field] * size..<(done[field] + count) * size]
                    try sink.write(field: field, count: count) { $0.copyBytes(from: source) }
                    done[field] += count
                }
            }
            try sink.tally("parts", by: 1)
            try sink.end()
        }
    }
}

extension SelectionTestSource {
    /// Random sequences with repeated times, gaps, segments, two fields and two covariates.
    static func random(seed: UInt64) -> SelectionTestSource {
        var random = Draws(state: seed)
        let fields = [
            Field(
                name: "a", element: .uint8, channels: 2, rows: 6, columns: 8, missing: [.integer(255), .integer(250)]),
            Field(name: "b", element: .float32, rows: 3, columns: 4, missing: [.real(-9)]),
        ]
        var sequences: [SequenceSurvey] = []
        var bytes: [[[UInt8]]] = []
        var covariates: [[[Double]]] = []
        for number in 0..<Int.random(in: 1...4, using: &random) {
            let count = Int.random(in: 1...23, using: &random)
            var time: Int64 = 1_000_000
            let times = (0..<count).map { _ in
                time += [0, 300, 300, 300, 900].randomElement(using: &random) ?? 0
                return time
            }
            let cut = Int.random(in: 0...count, using: &random)
            let segments = Bool.random(using: &random) ? [0..<cut, cut..<count].filter { !$0.isEmpty } : []
            sequences.append(SequenceSurvey(id: "s\(number)", times: [FrameTimes(times)], segments: segments))
            bytes.append(fields.map { randomBytes(of: $0, count: count, &random) })
            covariates.append([(0..<count).map(Double.init), (0..<2 * count).map { Double($0) / 2 }])
        }
        let survey = Survey(
            format: "test", variant: "random", title: "Random", fields: fields,
            timeAxis: TimeAxis(kind: .clock, cadence: 300),
            covariates: [.init(name: "x"), .init(name: "y", width: 2)], sequences: sequences, sources: [],
            splitRule: .allTrain)
        return SelectionTestSource(
            survey, bytes: bytes, covariates: covariates, block: Int.random(in: 1...5, using: &random))
    }

    private static func randomBytes(of field: Field, count: Int, _ random: inout Draws) -> [UInt8] {
        let total = count * field.elementsPerFrame
        if field.element == .uint8 { return (0..<total).map { _ in UInt8.random(in: 0...255, using: &random) } }
        let values = (0..<total).map { _ in
            switch Int.random(in: 0..<20, using: &random) {
            case 0: Float.nan
            case 1: Float(-9)
            default: Float.random(in: -5...5, using: &random)
            }
        }
        return values.withUnsafeBytes { Array($0) }
    }
}

extension Selection {
    func applied(to source: any SurveyedSource) throws(ReaderError) -> any SurveyedSource {
        try applied(to: source, scratch: NSTemporaryDirectory())
    }
}
