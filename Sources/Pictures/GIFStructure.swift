internal import SpaceTime

/// Walks the blocks of a GIF from its header to its trailer without decoding.
///
/// FFmpeg takes a GIF cut short between two frames, or within one, for a whole one; the walk does not.
struct GIFStructure: ~Copyable {
    private let file: RegularFile
    private var buffer = [UInt8](repeating: 0, count: 64 << 10)
    private var filled = 0
    private var position = 0

    /// The number of pictures in the file.
    static func frameCount(_ path: String) throws(ReaderError) -> Int {
        var structure = GIFStructure(file: try RegularFile(path))
        return try structure.countFrames()
    }

    private init(file: consuming RegularFile) { self.file = file }

    private mutating func countFrames() throws(ReaderError) -> Int {
        for expected in "GIF8".utf8 {
            guard try byte() == expected else { throw damaged("not a GIF") }
        }
        try skip(6)
        try skipColorTable(flags: byte())
        try skip(2)
        var frames = 0
        while true {
            switch try byte() {
            case 0x2C:
                try skipPicture()
                frames += 1
            case 0x21:
                try skip(1)
                try skipSubBlocks()
            case 0x3B: return frames
            case let other: throw damaged("a block of unknown kind \(other) after \(frames) frames")
            }
        }
    }

    private mutating func skipPicture() throws(ReaderError) {
        try skip(8)
        try skipColorTable(flags: byte())
        try skip(1)
        try skipSubBlocks()
    }

    private mutating func skipColorTable(flags: UInt8) throws(ReaderError) {
        if flags & 0x80 != 0 { try skip(3 << (Int(flags & 7) + 1)) }
    }

    private mutating func skipSubBlocks() throws(ReaderError) {
        while true {
            let count = try byte()
            if count == 0 { return }
            try skip(Int(count))
        }
    }

    private mutating func skip(_ count: Int) throws(ReaderError) {
        for _ in 0..<count { _ = try byte() }
    }

    private mutating func byte() throws(ReaderError) -> UInt8 {
        if position == filled {
            filled = try file.read(into: &buffer)
            position = 0
            guard filled > 0 else { throw damaged("the GIF breaks off: its end mark is missing") }
        }
        defer { position += 1 }
        return buffer[position]
    }

    private func damaged(_ message: String) -> ReaderError { ReaderError(.damaged, message, path: file.path) }
}
