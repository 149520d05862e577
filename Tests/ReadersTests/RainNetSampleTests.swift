import Foundation
import Readers
import SpaceTime
import Testing

/// The project's small sample files of every variant, against what h5py and NumPy read from them.
@Suite struct RainNetSampleTests {
    private struct Expected: Decodable {
        struct Field: Decodable {
            var dtype: String
            var shape: [Int]
            var sha256: String
            var missing_values: [Double]
            var scale: Double
            var offset: Double
        }
        struct Sequence: Decodable {
            var id: String
            var frames: Int
            var first_time: Int64
            var last_time: Int64
        }
        var fields: [String: Field]
        var sequences: [Sequence]
    }

    @Test(arguments: [
        "rainnet", "rainnet-float16", "rainnet-radolan", "rainnet-yw", "rainnet-rw", "rainnet-rz", "rainnet-rx",
        "rainnet-wx", "rainnet-ex", "rainnet-rv", "rainnet-tar", "rainnet-odim", "rainnet-chen", "rainnet-chen-patches",
    ])
    func aSampleComesOutAsOtherSoftwareReadsIt(_ name: String) throws {
        let root = ArchivePython.root
        let json = try Data(contentsOf: URL(fileURLWithPath: "\(root)/Tests/Fixtures/expected/sample/\(name).json"))
        let expected = try JSONDecoder().decode(Expected.self, from: json)
        let temporary = TemporaryFolder()
        let (survey, sink) = try RainNetSink.readAll(
            ["\(root)/sample-data/\(name)"], scratch: temporary.path, frames: 4)
        #expect(sink.faults.isEmpty && Set(survey.fields.map(\.name)) == Set(expected.fields.keys))
        for (index, field) in survey.fields.enumerated() {
            let wanted = try #require(expected.fields[field.name])
            #expect(field.element.rawValue == wanted.dtype && survey.frameCount == wanted.shape[0])
            #expect([field.channels, field.rows, field.columns] == Array(wanted.shape.dropFirst()))
            #expect(abs(field.scale - wanted.scale) < 1e-15 && field.offset == wanted.offset)
            #expect(field.missing.compactMap(\.number) == wanted.missing_values)
            try temporary.write(field.name, sink.parts.flatMap { $0.bytes[index] })
        }
        for (field, digest) in try digests(of: survey.fields.map(\.name), in: temporary) {
            #expect(digest == expected.fields[field]?.sha256, "\(field)")
        }
        checkSequences(survey, expected)
    }

    private func digests(of names: [String], in folder: TemporaryFolder) throws -> [(String, String)] {
        let script = """
            import hashlib
            for name in '\(names.joined(separator: " "))'.split():
                print(hashlib.sha256(open(name, 'rb').read()).hexdigest())
            """
        let lines = try ArchivePython.run(script, in: folder.path).split(separator: "\n").map(String.init)
        return Array(zip(names, lines))
    }

    /// The expected sequences are already cut at the borders of splits.
    private func checkSequences(_ survey: Survey, _ expected: Expected) {
        let times = survey.sequences.map { $0.times[0].values }
        #expect(times.flatMap { $0 }.count == expected.sequences.reduce(0) { $0 + $1.frames })
        let whole = expected.sequences.filter { !$0.id.contains("+") }
        #expect(survey.sequences.map(\.id) == whole.map(\.id))
        var place = 0
        let all = times.flatMap { $0 }
        for sequence in expected.sequences {
            #expect(all[place] == sequence.first_time && all[place + sequence.frames - 1] == sequence.last_time)
            place += sequence.frames
        }
    }
}
