import FoundationEssentials
import Pictures
import SpaceTime
import Testing

@Suite struct FilmFileTests {
    @Test(arguments: [("plain.avi", "mpeg4"), ("bframes.mp4", "mpeg4"), ("motion.avi", "mjpeg")])
    func lumaIsWhatFFmpegDecodes(name: String, codec: String) throws {
        let header = try FilmFile.survey(Samples.path(name))
        #expect(header.frameCount == 12 && header.codec == codec && header.hasLuma && !header.hasRGB)
        #expect(header.rows == Samples.rows && header.columns == Samples.columns)
        #expect(header.framesPerSecond == 25)
        let luma = try frames(of: Samples.path(name), .luma, rows: Samples.rows, columns: Samples.columns)
        #expect(luma == (try Samples.expected(name)))
    }

    @Test(arguments: ["pillow.gif", "ffmpeg.gif"])
    func aGIFIsWhatPillowAndFFmpegCompose(name: String) throws {
        let header = try FilmFile.survey(Samples.path(name))
        #expect(header.frameCount == 12 && header.hasRGB && !header.hasLuma)
        let values = try frames(of: Samples.path(name), .rgb, rows: Samples.rows, columns: Samples.columns)
        #expect(values == (try Samples.expected(name)))
    }

    @Test(arguments: ["person01_boxing_d1_uncomp.avi", "person01_handwaving_d1_uncomp.avi"])
    func realClipsGiveTheKnownLuma(name: String) throws {
        let folder = Samples.realData + "/kth"
        guard FileManager.default.fileExists(atPath: folder) else {
            print("not run: no real data at \(folder); STBANK_REAL_DATA names another place")
            return
        }
        struct Clip: Decodable {
            var frames: Int
            var sha256_all_luma_planes: String
        }
        let text = try Data(contentsOf: URL(filePath: folder + "/expected.json"))
        let decoder = JSONDecoder()
        let clip = try #require(try decoder.decode([String: KTHEntry<Clip>].self, from: text)[name]?.value)
        let header = try FilmFile.survey("\(folder)/\(name)")
        #expect(header.frameCount == clip.frames)
        let luma = try frames(of: "\(folder)/\(name)", .luma, rows: 120, columns: 160)
        #expect(Samples.sha256(luma) == clip.sha256_all_luma_planes)
    }

    @Test func theWrongPlanesAreRefused() throws {
        #expect(throws: ReaderError.self) {
            try frames(of: Samples.path("plain.avi"), .rgb, rows: Samples.rows, columns: Samples.columns)
        }
        #expect(throws: ReaderError.self) {
            try frames(of: Samples.path("pillow.gif"), .luma, rows: Samples.rows, columns: Samples.columns)
        }
        #expect(throws: ReaderError.self) {
            try frames(of: Samples.path("plain.avi"), .luma, rows: 10, columns: 10)
        }
    }

    @Test(arguments: ["plain.avi", "bframes.mp4", "motion.avi", "pillow.gif", "ffmpeg.gif"])
    func aFilmCutShortIsAnErrorOrWhole(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Samples.bytes(Samples.path(name))
        let planes: FilmFile.Planes = name.hasSuffix("gif") ? .rgb : .luma
        let expected = try Samples.expected(name)
        for step in 0..<24 {
            let path = try folder.write("cut-" + name, whole.prefix(whole.count * step / 24))
            do {
                let header = try FilmFile.survey(path)
                let values = try frames(of: path, planes, rows: Samples.rows, columns: Samples.columns)
                #expect(values == expected && header.frameCount == 12, "cut at \(step)/24")
            } catch let error as ReaderError {
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test(arguments: ["plain.avi", "bframes.mp4", "motion.avi", "pillow.gif", "ffmpeg.gif"])
    func aFlippedByteNeverCrashes(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Samples.bytes(Samples.path(name))
        let planes: FilmFile.Planes = name.hasSuffix("gif") ? .rgb : .luma
        for position in stride(from: 0, to: whole.count, by: max(1, whole.count / 150)) {
            var bytes = whole
            bytes[position] ^= 0xA5
            let path = try folder.write("flipped-" + name, bytes)
            do {
                _ = try FilmFile.survey(path)
                _ = try frames(of: path, planes, rows: Samples.rows, columns: Samples.columns)
            } catch let error as ReaderError {
                #expect(!error.message.isEmpty)
            }
        }
    }

    @Test func listsAndAddressesAreNotFollowed() throws {
        let folder = try TemporaryFolder()
        let list = "ffconcat version 1.0\nfile '\(Samples.path("plain.avi"))'\n"
        let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n\(Samples.path("plain.avi"))\n#EXT-X-ENDLIST\n"
        for text in [list, playlist] {
            let path = try folder.write("list.avi", text.utf8)
            #expect(throws: ReaderError.self) { try FilmFile.survey(path) }
        }
        #expect(throws: ReaderError.self) { try FilmFile.survey("concat:\(Samples.path("plain.avi"))") }
        #expect(throws: ReaderError.self) { try FilmFile.survey("/dev/zero") }
    }

    @Test func framesCanBePassedOver() throws {
        var film = try FilmFile(Samples.path("bframes.mp4"))
        for _ in 0..<5 { #expect(try film.skip()) }
        var frame = [UInt8](repeating: 0, count: Samples.rows * Samples.columns)
        #expect(try frame.withUnsafeMutableBytes { try film.next(.luma, into: $0) })
        let expected = try Samples.expected("bframes.mp4")
        #expect(frame == Array(expected[(5 * frame.count)..<(6 * frame.count)]))
    }
}

/// An entry that may be of another kind than the wanted one.
private struct KTHEntry<Value: Decodable>: Decodable {
    var value: Value?

    init(from decoder: any Decoder) throws { value = try? Value(from: decoder) }
}
