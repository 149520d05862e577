import Pictures
import SpaceTime
import Testing

@Suite struct PictureFileTests {
    @Test(arguments: [
        ("gray.jpg", 1, false), ("color420.jpg", 3, false), ("color422.jpg", 3, false), ("progressive.jpg", 3, false),
        ("gray.png", 1, false), ("bilevel.png", 1, false), ("rgb.png", 3, false), ("palette.png", 3, false),
        ("palette_alpha.png", 3, true), ("rgba.png", 3, true), ("gray16.png", 1, false), ("interlaced.png", 3, false),
    ])
    func picturesDecodeToWhatPillowGives(name: String, channels: Int, hasAlpha: Bool) throws {
        let (header, values) = try decode(Samples.path(name))
        #expect(header.rows == Samples.rows && header.columns == Samples.columns)
        #expect(header.channels == channels && header.hasAlpha == hasAlpha)
        #expect(header.element == (name == "gray16.png" ? .uint16 : .uint8))
        #expect(values == (try Samples.expected(name)))
    }

    @Test func aPictureIsToldByItsBytesNotItsSuffix() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("really-a-jpeg.png", Samples.bytes(Samples.path("gray.jpg")))
        #expect(try decode(path).1 == Samples.expected("gray.jpg"))
    }

    @Test func printColoursAreRefused() throws {
        #expect(
            throws: ReaderError(.damaged, "a JPEG in CMYK; convert it to RGB or gray", path: Samples.path("cmyk.jpg"))
        ) {
            try PictureFile(Samples.path("cmyk.jpg")).header()
        }
    }

    @Test(arguments: ["gray.jpg", "color420.jpg", "progressive.jpg", "rgb.png", "palette.png", "interlaced.png"])
    func aPictureCutShortIsAnError(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Samples.bytes(Samples.path(name))
        for count in stride(from: 0, to: whole.count - 2, by: 7) {
            let path = try folder.write("cut", whole.prefix(count))
            #expect(throws: ReaderError.self, "\(name) cut to \(count) bytes") { _ = try decode(path) }
        }
    }

    @Test(arguments: ["color420.jpg", "progressive.jpg", "palette.png", "rgb.png", "interlaced.png"])
    func aFlippedByteNeverCrashes(name: String) throws {
        let folder = try TemporaryFolder()
        let whole = try Samples.bytes(Samples.path(name))
        for position in whole.indices {
            var bytes = whole
            bytes[position] ^= 0x5A
            let path = try folder.write("flipped", bytes)
            do {
                _ = try decode(path)
            } catch let error as ReaderError {
                #expect(error.code == .damaged && !error.message.isEmpty)
            }
        }
    }

    @Test func aHeaderThatPromisesTooMuchIsRefusedBeforeMemoryIsTaken() throws {
        let error = #expect(throws: ReaderError.self) { try PictureFile(Samples.path("huge.png")).header() }
        #expect(error?.message == "its header says 65535x65535, 3 channels of uint8; pictures of up to 64 MiB are read")
    }

    @Test func aFolderAndAPipeAreRefused() throws {
        let folder = try TemporaryFolder()
        #expect(throws: ReaderError.self) { try PictureFile(folder.path).header() }
        #expect(throws: ReaderError.self) { try PictureFile("/dev/zero").header() }
    }
}
