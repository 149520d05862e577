import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct FireSysReaderTests {
    private func picture(_ name: String) throws -> [UInt8] { try PictureSamples.bytes(PictureSamples.picture(name)) }

    private func sequences(_ folder: TemporaryFolder, _ names: [String], frames: [Int] = [0, 1, 2]) throws {
        for name in names {
            for frame in frames { try folder.write("\(name)/\(frame).png", picture("rgb.png")) }
        }
    }

    private func split(_ folder: TemporaryFolder, _ text: String, seed: Int = 1) throws {
        try folder.write("datainfo/fire/data_split_dict_\(seed).json", Array(text.utf8))
    }

    @Test(arguments: ["firesys", "firesys-circular_motion"])
    func theSampleEqualsWhatPillowReads(name: String) throws {
        let fixture = try PictureFixture("sample", name)
        let paths = fixture.paths.map { "\(PictureSamples.root)/sample-data/\($0)" }
        try expectEqual(FireSysReader.source(paths), fixture)
    }

    @Test(arguments: ["firesys-fire", "firesys-circular_motion"])
    func realPicturesEqualWhatPillowReads(name: String) throws {
        let fixture = try PictureFixture("real", name)
        try withRealData(fixture) { paths in
            try expectEqual(FireSysReader.source(paths), fixture)
            // The split file is found beside the system's folder, too.
            let alone = try FireSysReader.source([paths[0]]).survey
            #expect(alone.sequences.map(\.split) == fixture.sequences.map(\.split))
            #expect(alone.sources.contains { $0.name.hasSuffix("/data_split_dict_1.json") })
        }
    }

    @Test func severalSystemsNeedAWord() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0", "circular_motion/0", "circular_motion/1"])
        let error = #expect(throws: ReaderError.self) { _ = try FireSysReader.source([folder.path]) }
        #expect(error?.code == .usage && error?.message.contains("circular_motion, fire") == true)
        #expect(try FireSysReader.source([folder.path], ["system": "circular_motion"]).survey.sequences.count == 2)
        #expect(throws: ReaderError.self) { _ = try FireSysReader.source([folder.path], ["system": "lava_lamp"]) }
    }

    @Test func anotherSeedGivesAnotherSplit() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/2", "fire/10", "fire/0"])
        try split(folder, #"{"train": [0], "val": [2], "test": [10]}"#)
        try split(folder, #"{"train": [10], "val": [0], "test": [2]}"#, seed: 2)
        let one = try FireSysReader.source([folder.path]).survey
        #expect(one.sequences.map(\.id) == ["0", "2", "10"])
        #expect(one.sequences.map(\.split) == [.train, .validation, .test] && one.splitRule == .source)
        let other = try FireSysReader.source([folder.path], ["seed": "2"]).survey
        #expect(other.sequences.map(\.split) == [.validation, .test, .train])
        #expect(throws: ReaderError.self) { _ = try FireSysReader.source([folder.path], ["seed": "3"]) }
    }

    @Test func withoutASplitFileSequencesAreDrawn() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0", "fire/1"])
        let survey = try FireSysReader.source([folder.path]).survey
        #expect(survey.splitRule == .group(.init(train: 80, validation: 10, test: 10)))
        #expect(survey.notes.contains { $0.contains("drawn 80/10/10") })
    }

    @Test func aSequenceThatTheSplitDoesNotNameIsLeftOut() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0", "fire/1"])
        try split(folder, #"{"train": [0, 7], "val": [], "test": []}"#)
        let survey = try FireSysReader.source([folder.path]).survey
        #expect(survey.sequences.map(\.id) == ["0"] && survey.skipped.map(\.what) == ["fire/1"])
        #expect(survey.notes.contains { $0.contains("names 1 sequences that are not here") })
    }

    @Test(arguments: [
        "{", "[]", #"{"train": ["a"]}"#, #"{"train": [0], "holdout": [1]}"#, #"{"train": [0], "val": [0]}"#,
        #"{"train": [7], "val": [8], "test": [9]}"#,
    ])
    func aSplitFileThatMakesNoSenseIsAnError(text: String) throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0"])
        try split(folder, text)
        let error = #expect(throws: ReaderError.self) { _ = try FireSysReader.source([folder.path]) }
        #expect(error?.code == .damaged && error?.path?.hasSuffix("data_split_dict_1.json") == true)
    }

    @Test func aMissingFrameIsAnErrorNamingIt() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0", "fire/1"])
        try FileManager.default.removeItem(atPath: folder.path + "/fire/1/1.png")
        let error = #expect(throws: ReaderError.self) { _ = try FireSysReader.source([folder.path]) }
        #expect(error?.message.hasPrefix("frame 1 is missing") == true && error?.path?.hasSuffix("fire/1") == true)
    }

    @Test func aFolderOfTwoKindsIsRefusedAndFoldersOfTwoKindsAreNot() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0"])
        for frame in 0..<3 { try folder.write("fire/1/\(frame).jpg", picture("color420.jpg")) }
        #expect(try FireSysReader.source([folder.path]).survey.sequences.count == 2)
        try folder.write("fire/1/3.png", picture("rgb.png"))
        let error = #expect(throws: ReaderError.self) { _ = try FireSysReader.source([folder.path]) }
        #expect(error?.message.contains("another kind") == true)
    }

    @Test func aPictureCutShortStopsTheReadingNamingIt() throws {
        let folder = TemporaryFolder()
        try sequences(folder, ["fire/0"])
        try folder.write("fire/0/1.png", Array(picture("rgb.png").prefix(300)))
        let source = try FireSysReader.source([folder.path])
        let error = #expect(throws: ReaderError.self) { _ = try source.readAll() }
        #expect(error?.path?.hasSuffix("fire/0/1.png") == true)
    }
}
