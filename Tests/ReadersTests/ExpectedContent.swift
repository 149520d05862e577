import Foundation
import SpaceTime
import Testing

/// What other programs read from raw files: `Tests/Fixtures/expected/<kind>/<name>.json`.
struct ExpectedContent: Decodable {
    struct ExpectedField: Decodable {
        var dtype: String
        var shape: [Int]
        var sha256: String
        var missing_values: [Double]
        var scale: Double
        var offset: Double
    }

    struct ExpectedSequence: Decodable {
        var id: String
        var frames: Int
        var first_time: Int64?
        var times_sha256: String?
        var split: String?
    }

    var format: String
    var paths: [String]
    var set: [String: String]
    var fields: [String: ExpectedField]
    var sequences: [ExpectedSequence]

    static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    static func root(_ kind: String) -> String {
        if kind == "sample" { return package + "/sample-data" }
        return ProcessInfo.processInfo.environment["STBANK_REAL_DATA"] ?? package + "/../shared/data"
    }

    static func load(_ kind: String, _ name: String) throws -> ExpectedContent {
        let path = "\(package)/Tests/Fixtures/expected/\(kind)/\(name).json"
        return try JSONDecoder().decode(ExpectedContent.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func location(_ kind: String, _ folder: TemporaryFolder, threads: Int = 2) -> Location {
        Location(paths: paths.map { "\(Self.root(kind))/\($0)" }, scratch: folder.path, threads: threads)
    }

    /// Compares with what a reader delivers, frame by frame through the hash, and time by time.
    func compare(_ source: any SurveyedSource, _ folder: TemporaryFolder, capacity: Int) throws {
        let survey = source.survey
        #expect(Set(survey.fields.map(\.name)) == Set(fields.keys))
        let sink = try HashingSink(survey, folder, capacity: capacity)
        try source.read(
            survey.sequences.indices.map { .init(sequence: $0, frames: 0..<survey.sequences[$0].frameCount) },
            into: sink)
        for (index, field) in survey.fields.enumerated() {
            let expected = try #require(fields[field.name])
            #expect(field.element.rawValue == expected.dtype)
            #expect([survey.frameCount, field.channels, field.rows, field.columns] == expected.shape)
            #expect(field.scale == expected.scale && field.offset == expected.offset)
            #expect(field.missing.compactMap(\.number) == expected.missing_values)
            #expect(try sink.digest(ofField: index) == expected.sha256, "frames of \(field.name)")
        }
        try compareSequences(survey, folder)
    }

    /// Expected sequences may be parts of ours, cut where the split changes: `NAME+FRAME`.
    private func compareSequences(_ survey: Survey, _ folder: TemporaryFolder) throws {
        var begins = [String: Int]()
        for expected in sequences {
            let parts = expected.id.split(separator: "+", maxSplits: 1)
            let sequence = try #require(survey.sequences.first { $0.id == String(parts[0]) }, "\(expected.id)")
            let begin = parts.count == 2 ? Int(parts[1]) ?? -1 : 0
            let end = begin + expected.frames
            #expect(begin == begins[sequence.id, default: 0] && end <= sequence.frameCount)
            begins[sequence.id] = end
            let times = Array(sequence.times[0].values[begin..<end])
            if let first = expected.first_time { #expect(times.first == first, "\(expected.id)") }
            if let hash = expected.times_sha256 {
                let bytes = times.withUnsafeBytes { Array($0) }
                #expect(try HashingSink.sha256(of: try folder.write("times", bytes)) == hash, "times of \(expected.id)")
            }
            if let split = expected.split { compare(split, with: sequence, by: survey.splitRule) }
        }
        #expect(begins.count == survey.sequences.count)
        #expect(survey.sequences.allSatisfy { begins[$0.id] == $0.frameCount })
        var order: [String] = []
        for id in sequences.map({ String($0.id.split(separator: "+")[0]) }) where order.last != id { order.append(id) }
        #expect(survey.sequences.map(\.id) == order)
    }

    private func compare(_ split: String, with sequence: SequenceSurvey, by rule: SplitRule) {
        switch rule {
        case .sequenceDates(let validation, let test):
            let time = sequence.splitTime ?? sequence.times[0].first ?? 0
            let found: Split = time <= validation ? .train : time <= test ? .validation : .test
            #expect(found.rawValue == split, "\(sequence.id)")
        case .source:
            // The last tenth of training becomes validation later.
            let found = sequence.split?.rawValue
            #expect(found == split || found == "train" && split == "validation", "\(sequence.id)")
        case .lastDays(let validation, let test): #expect(validation == 28 && test == 28)
        default: Issue.record("no splits: \(rule)")
        }
    }
}

/// Takes frames to a file for each field, which another program hashes.
final class HashingSink: FrameSink {
    private let survey: Survey
    private let frames: Int
    private let files: [String]
    private var handles: [FileHandle] = []
    private(set) var covariates: [[[Double]]] = []
    private(set) var tallies: [String: Int] = [:]
    private var waiting: [Int] = []
    private var isOpen = false

    init(_ survey: Survey, _ folder: TemporaryFolder, capacity: Int) throws {
        self.survey = survey
        frames = capacity
        files = try survey.fields.map { try folder.write("frames-\($0.name)-\(UUID().uuidString)") }
        handles = try files.map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) }
    }

    func capacity(ofField field: Int) -> Int { frames }

    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        #expect(!isOpen)
        #expect(covariates.count == survey.covariates.count)
        for (values, covariate) in zip(covariates, survey.covariates) {
            #expect(values.count == part.frames.count * covariate.width)
        }
        self.covariates.append(covariates)
        isOpen = true
        waiting = survey.fields.map { _ in part.frames.count }
    }

    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        #expect(isOpen && count >= 1 && count <= frames && count <= waiting[field])
        waiting[field] -= count
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: count * survey.fields[field].frameByteCount, alignment: 64)
        defer { buffer.deallocate() }
        buffer.initializeMemory(as: UInt8.self, repeating: 0xAB)
        try fill(buffer)
        try handles[field].write(contentsOf: Data(buffer))
    }

    func end() throws {
        #expect(isOpen && waiting.allSatisfy { $0 == 0 })
        isOpen = false
    }

    func refuse(_ reason: String) throws { isOpen = false }

    func tally(_ what: String, by amount: Int) throws { tallies[what, default: 0] += amount }

    func digest(ofField field: Int) throws -> String {
        try handles[field].close()
        return try Self.sha256(of: files[field])
    }

    static func sha256(of path: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        process.arguments = [path]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(String(decoding: output, as: UTF8.self).prefix(64))
    }
}
