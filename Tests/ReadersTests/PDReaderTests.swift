import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct PDReaderTests {
    private func picture(_ name: String) throws -> [UInt8] { try PictureSamples.bytes(PictureSamples.picture(name)) }

    @Test(arguments: ["pd", "pd-gif", "pd-stgasnet"])
    func everyVariantEqualsWhatOtherProgramsRead(name: String) throws {
        let fixture = try PictureFixture("sample", name)
        let paths = fixture.paths.map { "\(PictureSamples.root)/sample-data/\($0)" }
        let source = try PDReader.source(paths)
        try expectEqual(source, fixture)
        #expect(source.survey.splitRule == .group(.init(train: 80, validation: 10, test: 10)))
    }

    @Test(arguments: ["pd-stgasnet-test", "pd-stgasnet-train"])
    func realArraysEqualWhatH5pyReads(name: String) throws {
        let fixture = try PictureFixture("real", name)
        try withRealData(fixture) { try expectEqual(PDReader.source($0), fixture) }
    }

    @Test func windPositionAndDegreesComeFromTheName() throws {
        let survey = try PDReader.source(["\(PictureSamples.root)/sample-data/pd-gif"]).survey
        let last = try #require(survey.sequences.last)
        #expect(last.id == "U15_Pos_0_Deg_90" && last.group == last.id)
        #expect(last.attributes["wind"] == .integer(15) && last.attributes["position"] == .integer(0))
        #expect(last.attributes["degrees"] == .integer(90))
        #expect(survey.defaultInputFrames == 6 && survey.defaultTargetFrames == 6)
        #expect(survey.timeAxis.secondsPerCount == 5)
    }

    @Test func framesAreOrderedByNumber() throws {
        let folder = TemporaryFolder()
        for number in 1...11 {
            try folder.write("3km/case/frame_\(number).png", picture(number == 10 ? "palette.png" : "rgb.png"))
        }
        try folder.write("tree.txt", Array("3km".utf8))
        let source = try PDReader.source([folder.path])
        #expect(source.survey.sequences.map(\.id) == ["case"])
        #expect(source.survey.sequences[0].attributes == ["file": .text("3km/case")])
        let palette = try picture("palette.png.raw")
        let values = try source.readAll().all
        #expect(Array(values[(9 * palette.count)..<(10 * palette.count)]) == palette)
        #expect(Array(values[palette.count..<(2 * palette.count)]) == (try picture("rgb.png.raw")))
    }

    @Test func aMissingFrameIsAnErrorNamingIt() throws {
        let folder = TemporaryFolder()
        for number in [1, 2, 5, 6] { try folder.write("case/frame_\(number).png", picture("rgb.png")) }
        let error = #expect(throws: ReaderError.self) { _ = try PDReader.source([folder.path]) }
        #expect(error?.code == .damaged && error?.path?.hasSuffix("/case") == true)
        #expect(error?.message.hasPrefix("frame 3 and 1 after it is missing") == true)
    }

    @Test(arguments: [("frame_02.png", "rgb.png", "frame number 2"), ("frame_3.jpg", "color420.jpg", "another kind")])
    func aFolderWithTwoOfANumberOrTwoKindsIsRefused(name: String, content: String, message: String) throws {
        let folder = TemporaryFolder()
        for number in [1, 2] { try folder.write("case/frame_\(number).png", picture("rgb.png")) }
        try folder.write("case/\(name)", picture(content))
        let error = #expect(throws: ReaderError.self) { _ = try PDReader.source([folder.path]) }
        #expect(error?.message.contains(message) == true, "\(String(describing: error))")
    }

    @Test func picturesOfUnlikeKindAreRefusedNamingBoth() throws {
        let folder = TemporaryFolder()
        try folder.write("a/frame_1.png", picture("rgb.png"))
        try folder.write("b/frame_1.png", picture("gray.png"))
        let error = #expect(throws: ReaderError.self) { _ = try PDReader.source([folder.path]) }
        #expect(error?.path?.hasSuffix("b/frame_1.png") == true && error?.message.contains("a/frame_1.png") == true)
    }

    @Test func transparencyIsLeftOutWithANote() throws {
        let folder = TemporaryFolder()
        try folder.write("a/frame_1.png", picture("rgba.png"))
        let source = try PDReader.source([folder.path])
        #expect(source.survey.notes.contains { $0.contains("1 pictures have transparency") })
        #expect(try source.readAll().all == picture("rgba.png.raw"))
    }

    @Test func grayPicturesHaveOneChannelAndSixteenBitsStay() throws {
        let folder = TemporaryFolder()
        try folder.write("a/frame_1.png", picture("gray16.png"))
        let source = try PDReader.source([folder.path])
        #expect(source.survey.fields[0].element == .uint16 && source.survey.fields[0].channels == 1)
        #expect(try source.readAll().all == picture("gray16.png.raw"))
    }

    @Test(arguments: [200, 400, 600])
    func aPictureCutShortStopsTheReadingNamingIt(count: Int) throws {
        let folder = TemporaryFolder()
        try folder.write("a/frame_1.png", picture("rgb.png"))
        try folder.write("a/frame_2.png", Array(picture("rgb.png").prefix(count)))
        let source = try PDReader.source([folder.path])
        let error = #expect(throws: ReaderError.self) { _ = try source.readAll() }
        #expect(error?.code == .damaged && error?.path?.hasSuffix("a/frame_2.png") == true)
    }

    @Test func aGIFCutShortIsRefused() throws {
        let folder = TemporaryFolder()
        let whole = try picture("pillow.gif")
        for step in 1..<16 {
            try folder.write("U5_Pos_1_Deg_0.gif", Array(whole.prefix(whole.count * step / 16)))
            #expect(throws: ReaderError.self) { _ = try PDReader.source([folder.path]) }
        }
        try folder.write("U5_Pos_1_Deg_0.gif", whole)
        #expect(try PDReader.source([folder.path]).readAll().all == picture("pillow.gif.raw"))
    }

    @Test func arraysOfUnlikeTypeAreRefusedNamingBoth() throws {
        let fixture = try PictureFixture("real", "pd-stgasnet-test")
        try withRealData(fixture) { paths in
            let folder = String(paths[0].dropLast(paths[0].split(separator: "/").last?.count ?? 0))
            let error = #expect(throws: ReaderError.self) { _ = try PDReader.source([folder]) }
            #expect(error?.message.contains("float32") == true && error?.message.contains("float64") == true)
        }
    }

    @Test func clipsGiveTheUsualLengths() throws {
        let survey = try PDReader.source(["\(PictureSamples.root)/sample-data/pd-stgasnet"]).survey
        #expect(survey.defaultInputFrames == 5 && survey.defaultTargetFrames == 15)
    }
}
