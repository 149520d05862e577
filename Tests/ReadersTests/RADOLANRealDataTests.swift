import Foundation
import Readers
import SpaceTime
import Testing

/// Against numbers that were made from the real files without any radar library, and against Python's own decoding.
@Suite(.enabled(if: RainNetRealData.folder != nil)) struct RADOLANRealDataTests {
    private struct Expected: Decodable {
        var columns: Int
        var rows: Int
        var nodata: Int
        var max_value: Int
        var sum_value: Int
        var first_maximum_row_column: [Int]
        var sha256_body: String
        var clutter: Int?
        var secondary: Int?
        var wet_cells: Int?
    }

    private func expected() throws -> (folder: String, [String: Expected]) {
        let folder = try #require(RainNetRealData.folder)
        let data = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/expected.json"))
        return (folder, try JSONDecoder().decode([String: Expected].self, from: data))
    }

    @Test(arguments: ["ry", "yw"]) func anHourOfRainIsAsExpected(_ product: String) throws {
        let (folder, expected) = try expected()
        let temporary = TemporaryFolder()
        let (survey, sink) = try RainNetSink.readAll(["\(folder)/\(product)"], scratch: temporary.path, frames: 5)
        let files = expected.keys.filter { $0.hasPrefix("\(product)/") }.sorted()
        #expect(survey.variant == "radolan" && survey.sequences.map(\.id) == [product])
        #expect(survey.sources.map(\.name) == files.map { String($0.dropFirst(3)) })
        #expect(survey.sequences[0].times[0].runs.map(\.step) == [300] && survey.frameCount == files.count)
        #expect(survey.sequences[0].times[0].first == (product == "ry" ? 1_577_890_800 : 1_502_844_900))
        let field = survey.fields[0]
        #expect(field.scale == 0.01 && field.units == "mm" && field.rowOrder == .southFirst)
        #expect(sink.faults.isEmpty)
        let values = sink.values(Int16.self)
        for (index, file) in files.enumerated() {
            let wanted = try #require(expected[file])
            try compare(
                Array(values[index * field.elementsPerFrame..<(index + 1) * field.elementsPerFrame]), wanted, field)
        }
        let clutter = files.reduce(0) { $0 + (expected[$1]?.clutter ?? 0) }
        #expect(sink.tallies["cells of clutter (flag 0x8000), value kept"] == (clutter == 0 ? nil : clutter))
    }

    private func compare(_ values: [Int16], _ wanted: Expected, _ field: Field) throws {
        #expect(field.rows == wanted.rows && field.columns == wanted.columns)
        #expect(values.count { $0 == .min } == wanted.nodata)
        let largest = try #require(values.max())
        #expect(Int(largest) == wanted.max_value)
        let place = try #require(values.firstIndex(of: largest))
        #expect([place / field.columns, place % field.columns] == wanted.first_maximum_row_column)
        #expect(values.reduce(0) { $0 + ($1 == .min ? 0 : Int($1)) } == wanted.sum_value)
    }

    @Test func everyCellEqualsWhatPythonDecodes() throws {
        let (folder, _) = try expected()
        let temporary = TemporaryFolder()
        let script = """
            import array, gzip, glob, hashlib
            out = open('cells', 'wb')
            for path in sorted(glob.glob('\(folder)/yw/*.gz')):
                raw = gzip.open(path).read()
                body = array.array('H', raw[raw.index(b'\\x03') + 1:])
                out.write(array.array('h', [-32768 if c & 0x2000 else (c & 4095) * (-1 if c & 0x4000 else 1) for c in body]))
            """
        try ArchivePython.run(script, in: temporary.path)
        let (_, sink) = try RainNetSink.readAll(["\(folder)/yw"], scratch: temporary.path, frames: 5)
        let cells = try Data(contentsOf: URL(fileURLWithPath: "\(temporary.path)/cells"))
        #expect(sink.parts[0].bytes[0].elementsEqual(cells))
    }

    @Test func hourlyRainAndReflectivityOfOneFolderAreChosenByProduct() throws {
        let (folder, expected) = try expected()
        let temporary = TemporaryFolder()
        #expect(throws: ReaderError.self) { try RainNetSink.readAll(["\(folder)/misc"], scratch: temporary.path) }
        let (survey, sink) = try RainNetSink.readAll(["\(folder)/misc"], ["product": "rw"], scratch: temporary.path)
        #expect(survey.fields[0].scale == 0.1 && survey.timeAxis.cadence == 3600)
        let wanted = try #require(expected["misc/raa01-rw_10000-1408102050-dwd---bin.gz"])
        try compare(sink.values(Int16.self), wanted, survey.fields[0])
        #expect(sink.tallies["cells from a secondary source (flag 0x1000), value kept"] == wanted.secondary)
    }

    @Test func reflectivityIsGivenAsStored() throws {
        let (folder, expected) = try expected()
        let temporary = TemporaryFolder()
        let (survey, sink) = try RainNetSink.readAll(["\(folder)/misc"], ["product": "rx"], scratch: temporary.path)
        let field = survey.fields[0]
        #expect(field.element == .uint8 && field.scale == 0.5 && field.offset == -32.5 && field.units == "dBZ")
        #expect(field.missing == [.integer(250), .integer(249)])
        let wanted = try #require(expected["misc/raa01-rx_10000-1408102050-dwd---bin.gz"])
        try temporary.write("body", sink.parts[0].bytes[0])
        let script = "import hashlib; print(hashlib.sha256(open('body', 'rb').read()).hexdigest())"
        #expect(
            try ArchivePython.run(script, in: temporary.path).trimmingCharacters(in: .newlines) == wanted.sha256_body)
        #expect(sink.values(UInt8.self).count { $0 == 250 } == wanted.nodata)
    }
}
