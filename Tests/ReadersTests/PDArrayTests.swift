import Foundation
import Readers
import SpaceTime
import Testing

/// HDF5 made by h5py (PDFixtures/make.py): ST-GasNet's arrays and MCVD's shards, sound and not.
@Suite struct PDArrayTests {
    private func path(_ name: String) -> String { "\(PictureSamples.root)/Tests/ReadersTests/PDFixtures/\(name)" }

    @Test func casesAreFiftyFramesEach() throws {
        let source = try PDReader.source([path("sound.h5")])
        #expect(source.survey.sequences.map(\.id) == ["sound/0", "sound/1"])
        #expect(source.survey.sequences[1].attributes["first_frame"] == .integer(50))
        #expect(source.survey.fields[0].channels == 4 && source.survey.notes.isEmpty)
        let values = try source.readAll().all.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(values == (0..<4800).map(Float.init))
        let sink = PictureSink(source.survey)
        try source.read([.init(sequence: 1, frames: 3..<5)], into: sink)
        let part = sink.all.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        #expect(part == Array(values[(53 * 48)..<(55 * 48)]))
    }

    @Test(arguments: [("odd.h5", 60, "no multiple of 50"), ("crossing.h5", 100, "reach across a multiple of 50")])
    func aFileThatIsNotCutIntoFiftiesIsOneCase(name: String, frames: Int, note: String) throws {
        let survey = try PDReader.source([path(name)]).survey
        #expect(survey.sequences.map(\.frameCount) == [frames])
        #expect(survey.notes.contains { $0.contains(note) })
    }

    @Test(arguments: ["outside.h5", "negative.h5"])
    func aClipOutsideOfTheFramesIsDamage(name: String) throws {
        let error = #expect(throws: ReaderError.self) { _ = try PDReader.source([path(name)]) }
        #expect(error?.code == .damaged && error?.message.contains("outside of the 50 frames") == true)
    }

    @Test func aFileOfAnotherKindSaysWhatReadsIt() throws {
        let error = #expect(throws: ReaderError.self) { _ = try PDReader.source([path("good.hdf5")]) }
        #expect(error?.message.contains("`input_raw_data`") == true && error?.message.contains("`array`") == true)
    }

    @Test func aShardOfMCVDGivesItsFrames() throws {
        let source = try KTHReader.source([path("good.hdf5")])
        let sequence = source.survey.sequences[0]
        #expect(sequence.id == "good/0" && sequence.group == "person07")
        #expect(sequence.attributes["action"] == .text("jogging"))
        let expected = (0..<3).flatMap { [UInt8](repeating: $0, count: 20) }
        #expect(try source.readAll().all == expected)
    }

    @Test(arguments: [
        ("short.hdf5", "3 frames where `len` says 4"), ("hole.hdf5", "not numbered from 0"),
        ("person.hdf5", "person 26"), ("target.hdf5", "target 6"), ("float.hdf5", "no gray picture of 8 bits"),
        ("huge.hdf5", "not one small number"),
    ])
    func aShardThatLiesIsDamage(name: String, message: String) throws {
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([path(name)]) }
        #expect(error?.code == .damaged && error?.message.contains(message) == true, "\(String(describing: error))")
    }
}
