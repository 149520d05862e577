import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct KTHReaderTests {
    private static let clip = PictureSamples.picture("plain.avi")
    private static let frameByteCount = 22 * 30

    private func clips(_ folder: TemporaryFolder, _ names: String...) throws {
        for name in names { try folder.write(name, PictureSamples.bytes(Self.clip)) }
    }

    @Test(arguments: ["kth", "kth-reencoded", "kth-frames", "kth-svg", "kth-mcvd"])
    func everyVariantEqualsWhatOtherProgramsRead(name: String) throws {
        let fixture = try PictureFixture("sample", name)
        let paths = fixture.paths.map { "\(PictureSamples.root)/sample-data/\($0)" }
        try expectEqual(KTHReader.source(paths), fixture)
    }

    @Test func realClipsEqualWhatFFmpegDecodes() throws {
        let fixture = try PictureFixture("real", "kth")
        try withRealData(fixture) { paths in
            let source = try KTHReader.source(paths)
            try expectEqual(source, fixture)
            let survey = source.survey
            #expect(survey.sequences[0].segments == [0..<95, 95..<185, 185..<245, 245..<360])
            #expect(survey.timeAxis.secondsPerCount == 0.04 && survey.timeAxis.cadence == 1)
            #expect(survey.sources.map(\.name).contains("00sequences.txt"))
            #expect(survey.sequences[1].attributes["action"] == .text("handwaving"))
        }
    }

    @Test func personActionAndScenarioComeFromTheNameElseFromTheFolder() throws {
        let folder = TemporaryFolder()
        try clips(
            folder, "person01_boxing_d1_uncomp.avi", "boxing/person02_d3.avi", "person3/running_d2.AVI",
            "walking/Person04_uncomp.avi", "holiday.avi")
        let survey = try KTHReader.source([folder.path]).survey
        let ids = ["person01_boxing_d1", "person02_boxing_d3", "person03_running_d2", "person04_walking"]
        #expect(survey.sequences.map(\.id) == ids)
        #expect(survey.sequences.map(\.group) == ["person01", "person02", "person03", "person04"])
        #expect(survey.skipped.map(\.what) == ["holiday.avi"])
        #expect(Set(survey.sequences.map { Set($0.attributes.keys) }).count == 1)
    }

    @Test func theIndexIsReadInAllItsSpellings() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi", "person02_boxing_d1.avi", "person03_boxing_d1.avi")
        let index = """
            Prose: persons are divided by subject.\r
            person01_boxing_d1\t\tframes\t1-4, 5-8,9-12\r
            PERSON02_boxing_d1_uncomp   frames 9 - 99,1-4 , 3-6,\r
            person03_boxing_d1 *missing*\r
            person04_boxing_d1 frames 1-2\r
            """
        try folder.write("00sequences.txt", Array(index.utf8))
        let survey = try KTHReader.source([folder.path]).survey
        #expect(survey.sequences[0].segments == [0..<4, 4..<8, 8..<12])
        #expect(survey.sequences[1].segments == [0..<4, 4..<6, 8..<12])
        #expect(survey.sequences[2].segments.isEmpty)
        let notes = survey.notes.joined(separator: "\n")
        #expect(notes.contains("person02_boxing_d1: 1 segments of the index reach beyond its 12 frames"))
        #expect(notes.contains("person02_boxing_d1: 1 segments overlap"))
        #expect(notes.contains("names 1 clips that are not here"))
    }

    @Test(arguments: ["0-5", "5-1", "1", "a-b", "1-2-3", "1-99999999999999999999", "-3"])
    func aSegmentThatIsNoneIsAnErrorWithItsLine(segment: String) throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi")
        try folder.write("00sequences.txt", Array("header\nperson01_boxing_d1 frames 1-2, \(segment)\n".utf8))
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([folder.path]) }
        #expect(error?.path?.hasSuffix("00sequences.txt:2") == true && error?.code == .damaged)
    }

    @Test func partsInAnyOrderGiveTheSameFrames() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi", "person02_boxing_d1.avi")
        let source = try KTHReader.source([folder.path])
        let expected = try PictureSamples.bytes(Self.clip + ".raw")
        for (range, sequence) in [(3..<5, 0), (5..<12, 0), (0..<2, 0), (4..<9, 1), (9..<9, 1), (11..<12, 0)] {
            let sink = PictureSink(source.survey, frameLimit: 2)
            try source.read([FrameRange(sequence: sequence, frames: range)], into: sink)
            let part = expected[(range.lowerBound * Self.frameByteCount)..<(range.upperBound * Self.frameByteCount)]
            #expect(sink.all == Array(part), "\(range)")
        }
    }

    @Test func stretchedGrayIsWhatFFmpegMakes() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi")
        let source = try KTHReader.source([folder.path], ["gray": "stretched"])
        #expect(try source.readAll().all == PictureSamples.bytes(Self.clip + ".gray.raw"))
        #expect(source.survey.fields[0].attributes["gray"] == .text("stretched"))
        #expect(try KTHReader.source([folder.path]).readAll().all == PictureSamples.bytes(Self.clip + ".raw"))
    }

    @Test func fullRangeIsNotStretchedAgain() throws {
        let folder = TemporaryFolder()
        let film = PictureSamples.picture("motion.avi")
        try folder.write("person01_boxing_d1.avi", PictureSamples.bytes(film))
        let source = try KTHReader.source([folder.path], ["gray": "stretched"])
        #expect(try source.readAll().all == PictureSamples.bytes(film + ".raw"))
        #expect(source.survey.notes.contains { $0.contains("1 clips hold luma of full range") })
    }

    @Test func aClipThatBreaksOffIsLeftOutAndNamed() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi")
        let whole = try PictureSamples.bytes(Self.clip)
        try folder.write("person01_boxing_d4_uncomp.avi", Array(whole.prefix(whole.count / 2)))
        try folder.write("person02_boxing_d1.avi", Array("nonsense".utf8))
        let survey = try KTHReader.source([folder.path]).survey
        #expect(survey.sequences.map(\.id) == ["person01_boxing_d1"])
        #expect(survey.skipped.map(\.what) == ["person01_boxing_d4_uncomp.avi", "person02_boxing_d1.avi"])
        #expect(survey.skipped.allSatisfy { !$0.reason.isEmpty })
        #expect(survey.sources.map(\.name) == ["person01_boxing_d1.avi"])
    }

    @Test func aClipThatDoesNotDecodeIsRefusedAndTheOthersGoOn() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi", "person03_boxing_d1.avi")
        var bytes = try PictureSamples.bytes(Self.clip)
        let frame = try #require(bytes.firstRange(of: Array("00dc".utf8)))
        let later = try #require(bytes[(frame.upperBound + 400)...].firstRange(of: Array("00dc".utf8)))
        for index in (later.upperBound + 12)..<(later.upperBound + 60) { bytes[index] = 0xFF }
        try folder.write("person02_boxing_d1.avi", bytes)
        let source = try KTHReader.source([folder.path])
        let sink = try source.readAll()
        let reason = try #require(sink.refused[1])
        #expect(reason.hasPrefix("person02_boxing_d1.avi: ") && sink.refused.count == 1)
        #expect(sink.frames[0]?.count == 12 * Self.frameByteCount && sink.frames[2] == sink.frames[0])
    }

    @Test func twoFilesOfOneClipAreRefused() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi", "boxing/person01_boxing_d1_uncomp.avi")
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([folder.path]) }
        #expect(error?.message.contains("person01_boxing_d1") == true && error?.code == .damaged)
    }

    @Test func clipsOfUnlikeSizeAreRefusedNamingBoth() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi")
        let other = "\(PictureSamples.root)/sample-data/kth/boxing/person01_boxing_d1_uncomp.avi"
        try folder.write("person02_boxing_d1.avi", PictureSamples.bytes(other))
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([folder.path]) }
        #expect(error?.path?.hasSuffix("person02_boxing_d1.avi") == true)
        #expect(error?.message.contains("120x160, where person01_boxing_d1.avi is 22x30") == true)
    }

    @Test func gapsInNumberedPicturesShowInTheTimes() throws {
        let folder = TemporaryFolder()
        let picture = try PictureSamples.bytes(PictureSamples.picture("color420.jpg"))
        for number in ["0002", "0003", "0010", "0007"] {
            try folder.write("boxing/person01_boxing_d1_uncomp/image_\(number).jpg", picture)
        }
        let source = try KTHReader.source([folder.path])
        #expect(source.survey.sequences[0].times[0].values == [2, 3, 7, 10])
        let red = Array(try PictureSamples.bytes(PictureSamples.picture("color420.jpg.raw")).prefix(22 * 30))
        #expect(try source.readAll().all == red + red + red + red)
    }

    @Test func severalFormsSideBySideNeedAWord() throws {
        let folder = TemporaryFolder()
        try clips(folder, "person01_boxing_d1.avi")
        let picture = try PictureSamples.bytes(PictureSamples.picture("gray.jpg"))
        try folder.write("person02_boxing_d1/image_0001.jpg", picture)
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([folder.path]) }
        #expect(error?.code == .usage && error?.message.contains("--set variant=") == true)
        #expect(try KTHReader.source([folder.path], ["variant": "pictures"]).survey.sequences.count == 1)
        #expect(throws: ReaderError.self) {
            _ = try KTHReader.source([folder.path], ["variant": "pictures", "gray": "stretched"])
        }
    }

    @Test func anEmptyFolderSaysWhatIsWanted() throws {
        let folder = TemporaryFolder()
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([folder.path]) }
        #expect(error?.code == .notFound && error?.message.contains("person01_boxing_d1_uncomp.avi") == true)
    }

    @Test func aShardThatIsNoneIsRefused() throws {
        let folder = TemporaryFolder()
        let other = "\(PictureSamples.root)/sample-data/pd-stgasnet/air_test_dT72_D40_i5_o15.h5"
        try folder.write("shard_0001.hdf5", PictureSamples.bytes(other))
        let error = #expect(throws: ReaderError.self) { _ = try KTHReader.source([folder.path]) }
        #expect(error?.message.contains("len, person, target") == true)
    }

    @Test func theOrderOfArgumentsDoesNotMatter() throws {
        let root = "\(PictureSamples.root)/sample-data/kth"
        let one = try KTHReader.source([root + "/boxing", root + "/running", root + "/00sequences.txt"]).survey
        let other = try KTHReader.source([root + "/00sequences.txt", root + "/running", root + "/boxing"]).survey
        #expect(one == other && one.sequences.count == 3)
    }
}

extension KTHReaderTests {
    @Test func foldersAboveTheGivenOneSayNothing() throws {
        let folder = TemporaryFolder()
        let clip = try PictureSamples.bytes(PictureSamples.picture("plain.avi"))
        try folder.write("person09/walking/kth/boxing/person01_d1.avi", clip)
        try folder.write("person09/walking/kth/boxing/d2.avi", clip)
        let survey = try KTHReader.source([folder.path + "/person09/walking/kth"]).survey
        #expect(survey.sequences.map(\.id) == ["person01_boxing_d1"] && survey.skipped.map(\.what) == ["boxing/d2.avi"])
        let alone = try KTHReader.source([folder.path + "/person09/walking/kth/boxing"]).survey
        #expect(alone.sequences.map(\.id) == ["person01_boxing_d1"])
    }
}
