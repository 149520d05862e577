import Pictures
import SpaceTime
import Testing

@Suite struct PictureWriterTests {
    private let rows = 37
    private let columns = 51

    /// Row, column, colour; `colors` different colours at most.
    private func scene(_ number: Int, colors: Int) -> [UInt8] {
        (0..<(rows * columns)).flatMap { pixel -> [UInt8] in
            let value = (pixel / columns * 5 + pixel % columns * 3 + number * 7) % colors
            return [UInt8(value * 255 / colors), UInt8(255 - value * 200 / colors), UInt8((value * value) % 251)]
        }
    }

    private func planar(_ rgb: [UInt8]) -> [UInt8] {
        (0..<3).flatMap { channel in stride(from: channel, to: rgb.count, by: 3).map { rgb[$0] } }
    }

    private func write(_ path: String, _ frames: [[UInt8]]) throws {
        var writer = try PictureWriter(path, width: columns, height: rows, framesPerSecond: 10)
        for frame in frames { try frame.withUnsafeBytes { try writer.append($0) } }
        try writer.finish()
    }

    @Test func aPNGComesBackAsItWas() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/one.png"
        try write(path, [scene(0, colors: 200)])
        #expect(try decode(path).1 == planar(scene(0, colors: 200)))
        #expect(try folder.names == ["one.png"])
    }

    @Test func aGIFOfFewColoursComesBackAsItWas() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/film.gif"
        let scenes = (0..<6).map { scene($0, colors: 60) }
        try write(path, scenes)
        let header = try FilmFile.survey(path)
        #expect(header.frameCount == 6 && header.framesPerSecond == 10)
        #expect(try frames(of: path, .rgb, rows: rows, columns: columns) == scenes.flatMap(planar))
    }

    @Test func aGIFOfManyColoursStaysNear() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/film.gif"
        let scenes = (0..<3).map { scene($0, colors: 700) }
        try write(path, scenes)
        let values = try frames(of: path, .rgb, rows: rows, columns: columns)
        let differences = zip(values, scenes.flatMap(planar)).map { abs(Int($0) - Int($1)) }
        let mean = Double(differences.reduce(0, +)) / Double(differences.count)
        print("mean difference of 256 colours from 700: \(mean)")
        #expect(values.count == scenes.count * rows * columns * 3 && mean < 8)
    }

    @Test func anMP4HoldsAllFrames() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/film.mp4"
        try write(
            path, (0..<9).map { number in [UInt8](repeating: UInt8(number * 20 + 40), count: rows * columns * 3) })
        let header = try FilmFile.survey(path)
        #expect(header.frameCount == 9 && header.codec == "mpeg4" && header.framesPerSecond == 10)
        #expect(header.rows == rows && header.columns == columns)
        let luma = try frames(of: path, .luma, rows: rows, columns: columns)
        for number in 0..<9 {
            let stored = Double(luma[number * rows * columns + 500])
            let wanted = 16 + Double(number * 20 + 40) * 219 / 255
            #expect(abs(stored - wanted) <= 3, "frame \(number)")
        }
    }

    @Test func aWriterDroppedLeavesNothing() throws {
        let folder = try TemporaryFolder()
        for name in ["a.png", "a.gif", "a.mp4"] {
            var writer = try PictureWriter("\(folder.path)/\(name)", width: columns, height: rows, framesPerSecond: 5)
            try scene(0, colors: 9).withUnsafeBytes { try writer.append($0) }
        }
        #expect(try folder.names.isEmpty)
    }

    @Test func wrongUseIsToldSo() throws {
        let folder = try TemporaryFolder()
        let small = { try PictureWriter(folder.path + "/" + $0, width: 4, height: 4, framesPerSecond: 5) }
        #expect(throws: ReaderError.self) { _ = try small("film.tiff") }
        #expect(throws: ReaderError.self) { _ = try PictureWriter("x.gif", width: 0, height: 4, framesPerSecond: 5) }
        #expect(throws: ReaderError.self) { _ = try PictureWriter("x.gif", width: 4, height: 4, framesPerSecond: .nan) }
        #expect(throws: ReaderError.self) {
            _ = try PictureWriter("/nowhere/at/all.gif", width: 4, height: 4, framesPerSecond: 5)
        }
        #expect(throws: ReaderError.self) {
            var empty = try small("empty.gif")
            try empty.finish()
        }
        #expect(try folder.names.isEmpty)
    }

    @Test func theLibrariesSayTheirVersions() {
        #expect(PictureWriter.libraryVersions.contains("FFmpeg"))
        #expect(PictureWriter.libraryVersions.contains("libpng"))
    }
}
