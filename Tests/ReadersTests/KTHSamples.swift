import CCrypto
import Foundation
import Readers
import SpaceTime
import Testing

/// Places of raw files, and what other programs read from them (Tests/Fixtures/expected).
enum PictureSamples {
    static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")

    static var realData: String { ProcessInfo.processInfo.environment["STBANK_REAL_DATA"] ?? root + "/../shared/data" }

    static func picture(_ name: String) -> String { "\(root)/Tests/PicturesTests/Fixtures/\(name)" }

    static func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: path))) }

    static func sha256(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &digest)
        return digest.map { String(format: "%02x", $0) }.joined()
    }
}

/// One file of Tests/Fixtures/expected.
struct PictureFixture: Decodable {
    struct Values: Decodable {
        var dtype: String
        var shape: [Int]
        var sha256: String
    }

    struct Sequence: Decodable {
        var id: String
        var frames: Int
        var times_sha256: String
        var split: Split?
    }

    var paths: [String]
    var fields: [String: Values]
    var sequences: [Sequence]

    /// - Parameter kind: `sample` or `real`.
    init(_ kind: String, _ name: String) throws {
        let path = "\(PictureSamples.root)/Tests/Fixtures/expected/\(kind)/\(name).json"
        self = try JSONDecoder().decode(PictureFixture.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }
}

/// Keeps all frames it is given, and checks the order of the calls.
final class PictureSink: FrameSink {
    let survey: Survey
    private let frameLimit: Int
    private(set) var frames: [Int: [UInt8]] = [:]
    private(set) var refused: [Int: String] = [:]
    private var open: FrameRange?
    private var lacking = 0

    init(_ survey: Survey, frameLimit: Int = 7) {
        self.survey = survey
        self.frameLimit = frameLimit
    }

    func capacity(ofField field: Int) -> Int { frameLimit }

    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        #expect(open == nil && covariates.isEmpty)
        open = part
        lacking = part.frames.count
    }

    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        let part = try #require(open)
        #expect(field == 0 && count > 0 && count <= min(frameLimit, lacking))
        var bytes = [UInt8](repeating: 0xEE, count: count * survey.fields[0].frameByteCount)
        try bytes.withUnsafeMutableBytes { try fill($0) }
        lacking -= count
        frames[part.sequence, default: []] += bytes
    }

    func end() throws {
        #expect(open != nil && lacking == 0)
        open = nil
    }

    func refuse(_ reason: String) throws {
        let part = try #require(open)
        refused[part.sequence] = reason
        frames[part.sequence] = nil
        open = nil
    }

    func tally(_ what: String, by amount: Int) throws {}

    /// The frames of all sequences, one behind the other.
    var all: [UInt8] { survey.sequences.indices.flatMap { frames[$0] ?? [] } }
}

extension Reader {
    static func source(_ paths: [String], _ settings: [String: String] = [:]) throws -> any SurveyedSource {
        let checked = try ReaderSettings(settings, options: options + Selection.options, format: format)
        let location = Location(paths: paths, scratch: NSTemporaryDirectory(), threads: 2)
        return try Self(checked).survey(location)
    }
}

extension SurveyedSource {
    /// Reads everything.
    func readAll(frameLimit: Int = 7) throws -> PictureSink {
        let sink = PictureSink(survey, frameLimit: frameLimit)
        let parts = survey.sequences.indices.map {
            FrameRange(sequence: $0, frames: 0..<survey.sequences[$0].frameCount)
        }
        try read(parts, into: sink)
        return sink
    }
}

/// Compares a source with what another program read: fields, shapes, types, all values, IDs, times, splits by name.
func expectEqual(_ source: any SurveyedSource, _ fixture: PictureFixture) throws {
    let survey = source.survey
    let (name, values) = try #require(fixture.fields.first)
    let field = survey.fields[0]
    #expect(survey.fields.count == 1 && field.name == name && field.element.rawValue == values.dtype)
    #expect([survey.frameCount, field.channels, field.rows, field.columns] == values.shape)
    #expect(survey.sequences.map(\.id) == fixture.sequences.map(\.id))
    for (found, expected) in zip(survey.sequences, fixture.sequences) {
        let times = found.times[0].values.flatMap { withUnsafeBytes(of: $0.littleEndian, Array.init) }
        #expect(found.frameCount == expected.frames && PictureSamples.sha256(times) == expected.times_sha256)
        #expect(split(of: found, by: survey.splitRule) == expected.split, "\(found.id)")
    }
    #expect(PictureSamples.sha256(try source.readAll().all) == values.sha256)
}

/// The split as far as names decide it; nil where it is drawn.
private func split(of sequence: SequenceSurvey, by rule: SplitRule) -> Split? {
    switch rule {
    case .source: sequence.split
    case .groups(let validation, let test):
        sequence.group.map { validation.contains($0) ? .validation : test.contains($0) ? .test : .train }
    default: nil
    }
}

/// Runs `body` with the fixture's real files, or says why not.
func withRealData(_ fixture: PictureFixture, _ body: ([String]) throws -> Void) throws {
    let paths = fixture.paths.map { "\(PictureSamples.realData)/\($0)" }
    guard paths.allSatisfy({ FileManager.default.fileExists(atPath: $0) }) else {
        print("not run: no real data at \(PictureSamples.realData); STBANK_REAL_DATA names another place")
        return
    }
    try body(paths)
}
