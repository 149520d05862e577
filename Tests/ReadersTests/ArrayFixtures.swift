import ArrayFiles
import Foundation
import SpaceTime
import Testing

@testable import Readers

/// What other programs read from a raw file: `Tests/Fixtures/expected`.
struct ArrayFixture: Decodable {
    struct FieldNumbers: Decodable {
        var dtype: String
        var shape: [Int]
        var sha256: String
        var missing: Int
        var scale: Double
        var offset: Double
    }

    struct SequenceNumbers: Decodable {
        var id: String
        var frames: Int
        var first_time: Int64?
        var last_time: Int64?
    }

    var format: String
    var paths: [String]
    var set: [String: String]
    var fields: [String: FieldNumbers]
    var sequences: [SequenceNumbers]

    static func named(_ name: String, _ kind: String) throws -> ArrayFixture {
        let path = "\(ArchivePython.root)/Tests/Fixtures/expected/\(kind)/\(name).json"
        return try JSONDecoder().decode(ArrayFixture.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// The raw files; nil, with a line printed, where they are not on this machine.
    func files(_ kind: String) -> [String]? {
        let named = ProcessInfo.processInfo.environment["STBANK_REAL_DATA"]
        let real = named ?? "\(ArchivePython.root)/../shared/data"
        let root = kind == "real" ? real : "\(ArchivePython.root)/sample-data"
        let files = paths.map { "\(root)/\($0)" }
        if files.allSatisfy(FileManager.default.fileExists(atPath:)) { return files }
        print("not run: no files at \(files)")
        return nil
    }

    /// Reads all frames with a reader and compares them with the numbers.
    func check<Format: Reader>(
        _ reader: Format.Type, kind: String, sequencesToo: Bool = true, capacity: Int = 3
    ) throws -> Survey? {
        guard let files = files(kind) else { return nil }
        let scratch = TemporaryFolder()
        let settings = try ReaderSettings(set, options: Format.options, format: Format.format)
        let source = try Format(settings).survey(Location(paths: files, scratch: scratch.path, threads: 2))
        let sink = ArraySink(source.survey, frames: capacity)
        let all = source.survey.sequences
        try source.read(all.indices.map { FrameRange(sequence: $0, frames: 0..<all[$0].frameCount) }, into: sink)
        #expect(sink.faults.isEmpty, "\(sink.faults)")
        compare(source.survey, sink, sequencesToo: sequencesToo, scratch)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path).filter { $0 != "frames" } == [])
        return source.survey
    }

    private func compare(_ survey: Survey, _ sink: ArraySink, sequencesToo: Bool, _ scratch: TemporaryFolder) {
        #expect(Set(survey.fields.map(\.name)) == Set(fields.keys))
        for (index, field) in survey.fields.enumerated() {
            guard let want = fields[field.name] else { continue }
            #expect(field.element.rawValue == want.dtype)
            #expect([survey.frameCount, field.channels, field.rows, field.columns] == want.shape)
            #expect(field.scale == want.scale && field.offset == want.offset)
            #expect(sink.sha256(field: index, scratch) == want.sha256, "\(field.name)")
            #expect(sink.missing(field: index) == want.missing, "missing values of \(field.name)")
        }
        guard sequencesToo else { return }
        #expect(survey.sequences.map(\.id) == sequences.map(\.id))
        #expect(survey.sequences.map(\.frameCount) == sequences.map(\.frames))
        for (sequence, want) in zip(survey.sequences, sequences) where want.first_time != nil {
            #expect(sequence.times[0].first == want.first_time && sequence.times[0].last == want.last_time)
        }
    }
}

/// Keeps all that a reader delivers, and checks the order of the calls.
final class ArraySink: FrameSink {
    private let fields: [Field]
    private let frames: Int
    private(set) var bytes: [[UInt8]]
    private(set) var parts = 0
    private(set) var faults: [String] = []
    private var written: [Int] = []
    private var expected = 0

    init(_ survey: Survey, frames: Int) {
        fields = survey.fields
        self.frames = frames
        bytes = fields.map { _ in [] }
    }

    func capacity(ofField field: Int) -> Int { frames }

    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        parts += 1
        expected = part.frames.count
        written = fields.map { _ in 0 }
    }

    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        if count < 1 || count > frames { faults.append("\(count) frames in one write") }
        var part = [UInt8](repeating: 0xA5, count: count * fields[field].frameByteCount)
        try part.withUnsafeMutableBytes { try fill($0) }
        bytes[field] += part
        written[field] += count
    }

    func end() throws {
        if written.contains(where: { $0 != expected }) { faults.append("\(written) of \(expected) frames") }
    }
    func refuse(_ reason: String) throws { faults.append("refused: \(reason)") }
    func tally(_ what: String, by amount: Int) throws {}

    func sha256(field: Int, _ folder: TemporaryFolder) -> String? {
        guard let path = try? folder.write("frames", bytes[field]),
            let text = try? ArchivePython.run(
                "import hashlib; print(hashlib.sha256(open('frames','rb').read()).hexdigest())", in: folder.path)
        else { return nil }
        try? FileManager.default.removeItem(atPath: path)
        return text.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Elements that are NaN or equal a missing value.
    func missing(field: Int) -> Int {
        let about = fields[field]
        let values = about.missing.compactMap(\.number)
        let width = about.element.byteCount
        return bytes[field].withUnsafeBytes { raw in
            (0..<raw.count / width).reduce(0) { count, index in
                let number = Scalar(raw, at: index, of: about.element).number ?? .nan
                return count + (number.isNaN || values.contains(number) ? 1 : 0)
            }
        }
    }
}
