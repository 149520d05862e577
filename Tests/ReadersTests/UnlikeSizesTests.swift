import Foundation
import SpaceTime
import Testing

@testable import Readers

/// Frames of unlike sizes in one field, which `--set size` brings to one.
@Suite struct UnlikeSizesTests {
    /// Files of two sizes, each under the path where it stands beside the other.
    struct Case: CustomTestStringConvertible {
        var name: String
        var small: [(path: String, content: String)]
        var large: [(path: String, content: String)]
        var read: @Sendable ([String], [String: String]) throws -> any SurveyedSource
        var settings: [String: String] = [:]

        var testDescription: String { name }
    }

    private static let sample = "\(PictureSamples.root)/sample-data"
    private static func picture(_ name: String) -> String { PictureSamples.picture(name) }

    static let cases = [
        Case(
            name: "pd pictures",
            small: [("a/frame_1.png", picture("rgb.png")), ("a/frame_2.png", picture("interlaced.png"))],
            large: (1...3).map { ("b/frame_\($0).png", "\(sample)/pd/3km/U10_Pos_4_Deg_135/frame_\($0).png") },
            read: { try PDReader.source($0, $1) }),
        Case(
            name: "pd GIFs", small: [("U1_Pos_1_Deg_0.gif", picture("pillow.gif"))],
            large: [("U5_Pos_3_Deg_270.gif", "\(sample)/pd-gif/U5_Pos_3_Deg_270.gif")],
            read: { try PDReader.source($0, $1) }),
        Case(
            name: "kth clips", small: [("person01_boxing_d1.avi", picture("plain.avi"))],
            large: [("person02_boxing_d1.avi", "\(sample)/kth/boxing/person01_boxing_d1_uncomp.avi")],
            read: { try KTHReader.source($0, $1) }),
        Case(
            name: "kth clips, stretched", small: [("person01_boxing_d1.avi", picture("plain.avi"))],
            large: [("person02_boxing_d1.avi", "\(sample)/kth/boxing/person01_boxing_d1_uncomp.avi")],
            read: { try KTHReader.source($0, $1) }, settings: ["gray": "stretched"]),
        Case(
            name: "kth pictures", small: [("boxing/person01_boxing_d1/image_0001.jpg", picture("color420.jpg"))],
            large: [("boxing/person02_boxing_d1/image_0001.png", "\(sample)/pd/3km/U10_Pos_4_Deg_135/frame_1.png")],
            read: { try KTHReader.source($0, $1) }),
        Case(
            name: "firesys", small: [("fire/0/0.png", picture("rgb.png")), ("fire/0/1.png", picture("rgb.png"))],
            large: (0...2).map { ("fire/1/\($0).png", "\(sample)/pd/3km/U10_Pos_4_Deg_135/frame_\($0 + 1).png") },
            read: { try FireSysReader.source($0, $1) }),
    ]

    private func write(_ files: [(path: String, content: String)], to folder: TemporaryFolder) throws {
        for file in files { try folder.write(file.path, PictureSamples.bytes(file.content)) }
    }

    private func selected(_ source: any SurveyedSource, _ settings: [String: String]) throws -> any SurveyedSource {
        try Selection(ReaderSettings(settings)).applied(to: source)
    }

    @Test(arguments: cases, [["size": "16x24"], ["size": "64x64"], ["size": "12x20", "crop": "3:4:18x20"]])
    func framesBecomeWhatEachSizeBecomesAlone(files: Case, selection: [String: String]) throws {
        let (small, large, both) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        try write(files.small, to: small)
        try write(files.large, to: large)
        try write(files.small + files.large, to: both)
        let settings = files.settings.merging(selection) { $1 }
        let alone = try [small, large].map { folder in
            try selected(files.read([folder.path], files.settings), settings).readAll().all
        }
        let source = try selected(files.read([both.path], settings), settings)
        #expect(try source.readAll().all == alone[0] + alone[1])
        #expect(source.survey.fields[0].attributes["resized_from"] == .text("unlike sizes"))
        #expect((source.survey.fields[0].attributes["cropped_to"] != nil) == (selection["crop"] != nil))
        #expect(source.survey.notes.contains { $0.contains("frames of 2 sizes (22x30, ") })
        #expect(source.survey.notes.count { $0.contains("resized") } == 1)
    }

    @Test(arguments: cases)
    func withoutASizeTheyAreRefusedAndTheMessageSaysHowNot(files: Case) throws {
        let folder = TemporaryFolder()
        try write(files.small + files.large, to: folder)
        for settings in [[:], ["size": "native"], ["crop": "0:0:8x8"]] {
            let error = #expect(throws: ReaderError.self) {
                try files.read([folder.path], files.settings.merging(settings) { $1 })
            }
            #expect(error?.code == .damaged && error?.message.contains("--set size=HxW") == true)
        }
    }

    @Test(arguments: cases)
    func aCropBeyondTheSmallestFrameIsRefused(files: Case) throws {
        let folder = TemporaryFolder()
        try write(files.small + files.large, to: folder)
        let settings = files.settings.merging(["size": "8x8", "crop": "0:20:16x16"]) { $1 }
        let error = #expect(throws: ReaderError.self) { try files.read([folder.path], settings) }
        #expect(error?.code == .usage && error?.message.contains("frames of 22x30 cells") == true)
    }

    @Test func oneOddPictureInTheMiddleOfASequenceIsResizedWithTheOthers() throws {
        let folder = TemporaryFolder()
        let large = "\(Self.sample)/pd/3km/U10_Pos_4_Deg_135/frame_"
        let contents = [large + "1.png", Self.picture("rgb.png"), large + "3.png", large + "4.png"]
        try write(contents.enumerated().map { ("a/frame_\($0 + 1).png", $1) }, to: folder)
        let settings = ["size": "64x64", "stride": "2"]
        let whole = try PDReader.source([folder.path], settings)
        let kept = try PictureSamples.bytes(contents[0])
        let alone = TemporaryFolder()
        try alone.write("a/frame_1.png", kept)
        let first = try PDReader.source([alone.path]).readAll().all
        let all = try whole.readAll().all
        #expect(all.count == 4 * first.count && Array(all.prefix(first.count)) == first)
        // The stride is still applied, size and crop are not applied twice.
        let thinned = try selected(whole, settings)
        #expect(thinned.survey.sequences[0].times[0].values == [0, 2])
        #expect(
            try thinned.readAll().all == Array(all.prefix(first.count)) + all[(2 * first.count)..<(3 * first.count)])
        #expect(thinned.survey.notes.count { $0.contains("resized") } == 1)
    }

    @Test func picturesOfUnlikeKindAreRefusedWhateverTheSize() throws {
        let folder = TemporaryFolder()
        try write(
            [("a/frame_1.png", Self.picture("rgb.png")), ("b/frame_1.png", Self.picture("gray.png"))], to: folder)
        let error = #expect(throws: ReaderError.self) { try PDReader.source([folder.path], ["size": "8x8"]) }
        #expect(error?.code == .damaged && error?.message.contains("1 channel") == true)
    }

    @Test func aSizeBeyondOneGibibyteIsRefused() throws {
        let folder = TemporaryFolder()
        try write(Self.cases[0].small + Self.cases[0].large, to: folder)
        let error = #expect(throws: ReaderError.self) { try PDReader.source([folder.path], ["size": "65536x65536"]) }
        #expect(error?.code == .usage && error?.message.contains("1 GiB") == true)
    }
}

/// The same for arrays, which Python makes.
@Suite struct UnlikeArraySizesTests {
    /// Scripts that make the small files and the large ones.
    struct Case: CustomTestStringConvertible {
        var name: String
        var small: String
        var large: String
        var read: @Sendable ([String], [String: String]) throws -> any SurveyedSource
        var count: Int

        var testDescription: String { name }
    }

    private static let shard = """
        def shard(path, person, shape, frames):
            with h5py.File(path, 'w') as f:
                f['len/0'], f['person/0'], f['target/0'] = frames, person, 2
                for k in range(frames): f[f'0/{k}'] = rng.integers(0, 256, shape, np.uint8)

        """
    static let cases = [
        Case(
            name: "npy", small: "np.save('a.npy', rng.normal(size=(3, 1, 5, 7)).astype('f4'))",
            large: "x = rng.normal(size=(2, 1, 9, 8)).astype('f4'); x[0, 0, 3, 3] = np.nan; np.save('b.npy', x)",
            read: { try ArrayReader.source($0, $1) }, count: 5),
        Case(
            name: "npy, two channels of 16 bits", small: "np.save('a.npy', rng.integers(-9, 9, (3, 2, 5, 7), 'i2'))",
            large: "np.save('b.npy', rng.integers(-9, 9, (4, 2, 12, 6), 'i2'))",
            read: { try ArrayReader.source($0, $1.merging(["fill": "-3"]) { $1 }) }, count: 7),
        Case(
            name: "pd gasnet",
            small: "h5py.File('a.hdf5', 'w')['input_raw_data'] = rng.normal(size=(6, 1, 5, 7)).astype('f4')",
            large: "h5py.File('b.hdf5', 'w')['input_raw_data'] = rng.normal(size=(50, 1, 9, 8)).astype('f4')",
            read: { try PDReader.source($0, $1) }, count: 56),
        Case(
            name: "kth shards", small: shard + "shard('shard_0001.hdf5', 1, (5, 7), 4)",
            large: shard + "shard('shard_0002.hdf5', 2, (9, 8), 9)", read: { try KTHReader.source($0, $1) }, count: 13),
    ]

    private func make(_ scripts: String..., in folder: TemporaryFolder) throws -> Bool {
        try ArrayPython.run(
            "import numpy as np, h5py\n"
                + scripts.map { "rng = np.random.default_rng(7)\n" + $0 }.joined(separator: "\n"),
            in: folder)
    }

    @Test(arguments: cases, [["size": "4x6"], ["size": "5x7"], ["size": "9x3", "crop": "1:2:4x4"]])
    func framesBecomeWhatEachSizeBecomesAlone(files: Case, settings: [String: String]) throws {
        let (small, large, both) = (TemporaryFolder(), TemporaryFolder(), TemporaryFolder())
        guard try make(files.small, in: small), try make(files.large, in: large),
            try make(files.small, files.large, in: both)
        else { return }
        let selection = try Selection(ReaderSettings(settings))
        let alone = try [small, large].flatMap { folder in
            try selection.applied(to: files.read([folder.path], [:])).readAll().all
        }
        #expect(throws: ReaderError.self) { try files.read([both.path], [:]) }
        let source = try selection.applied(to: files.read([both.path], settings))
        #expect(source.survey.frameCount == files.count)
        #expect(try source.readAll(frameLimit: 3).all == alone)
        #expect(try source.readAll(frameLimit: 100).all == alone)
    }

    @Test func arraysOfUnlikeTypeOrChannelsAreRefusedWhateverTheSize() throws {
        for other in ["np.zeros((2, 1, 9, 8))", "np.zeros((2, 3, 9, 8), 'f4')"] {
            let folder = TemporaryFolder()
            guard try make("np.save('a.npy', np.zeros((3, 1, 5, 7), 'f4')); np.save('b.npy', \(other))", in: folder)
            else {
                return
            }
            let error = #expect(throws: ReaderError.self) { try ArrayReader.source([folder.path], ["size": "4x4"]) }
            #expect(error?.code == .damaged && error?.message.contains("a.npy") == true)
        }
    }
}
