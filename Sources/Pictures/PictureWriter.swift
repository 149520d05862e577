internal import CPictures
internal import Glibc
package import SpaceTime

/// Writes RGB frames as a PNG picture, an animated GIF or an MP4 film, by the suffix of the path.
///
/// MP4 holds MPEG-4 part 2 from FFmpeg's own encoder `mpeg4` at constant quality (not x264, which is GPL); GIF comes from
/// FFmpeg's `gif` with exact colours where 256 suffice. The file appears under its name in `finish`, whole; dropped
/// before, it leaves nothing behind.
package struct PictureWriter: ~Copyable {
    private enum Format: String {
        case png, gif, mp4
    }

    private let path: String
    private let temporary: String
    private let format: Format
    private let rows: Int
    private let columns: Int
    private let film: OpaquePointer?
    private var palette = FilmPalette()
    private var frameCount = 0
    private var isFinished = false

    /// - Parameter path: ends with `.png`, `.gif` or `.mp4`; an older file of that name is replaced.
    package init(_ path: String, width: Int, height: Int, framesPerSecond: Double) throws(ReaderError) {
        let format = try PictureWriter.format(path, width, height, framesPerSecond)
        let temporary = "\(path).\(getpid()).part"
        film = try PictureWriter.openFilm(temporary, format, width, height, framesPerSecond)
        self.path = path
        self.format = format
        self.temporary = temporary
        rows = height
        columns = width
    }

    deinit {
        cpictures_writer_close(film)
        if !isFinished { unlink(temporary) }
    }

    /// Adds a frame; a PNG takes exactly one.
    ///
    /// - Parameter rgb: row, column, colour; `height * width * 3` bytes.
    package mutating func append(_ rgb: UnsafeRawBufferPointer) throws(ReaderError) {
        precondition(rgb.count == rows * columns * 3, "a frame of \(rgb.count) bytes for \(rows)x\(columns) RGB")
        precondition(!isFinished, "the film is finished")
        let pixels = rgb.bindMemory(to: UInt8.self)
        switch format {
        case .png:
            guard frameCount == 0 else {
                throw ReaderError(.usage, "a PNG holds one frame; use .gif or .mp4", path: path)
            }
            _ = try check(path) {
                cpictures_png_write(temporary, pixels.baseAddress, UInt32(rows), UInt32(columns), $0)
            }
        case .gif:
            let indices = palette.index(rgb: rgb)
            _ = try check(path) { cpictures_writer_append_indexed(film, indices, palette.colors, $0) }
        case .mp4:
            _ = try check(path) { cpictures_writer_append_rgb(film, pixels.baseAddress, $0) }
        }
        frameCount += 1
    }

    /// Completes the file and gives it its name.
    package mutating func finish() throws(ReaderError) {
        precondition(!isFinished, "the film is finished")
        guard frameCount > 0 else { throw ReaderError(.usage, "no frame to write", path: path) }
        if film != nil { _ = try check(path) { cpictures_writer_finish(film, $0) } }
        guard rename(temporary, path) == 0 else {
            throw ReaderError(.system, "cannot be written: \(String(cString: strerror(errno)))", path: path)
        }
        isFinished = true
    }

    private static func format(
        _ path: String, _ width: Int, _ height: Int, _ framesPerSecond: Double
    ) throws(ReaderError) -> Format {
        let suffix = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
        guard let format = Format(rawValue: suffix) else {
            throw ReaderError(.usage, "previews are written as .png, .gif or .mp4", path: path)
        }
        guard (1...8192).contains(width), (1...8192).contains(height) else {
            throw ReaderError(.usage, "a preview of \(height)x\(width); 1 to 8192 rows and columns can be", path: path)
        }
        guard framesPerSecond.isFinite, (0.01...100).contains(framesPerSecond) else {
            throw ReaderError(.usage, "\(framesPerSecond) frames a second; 0.01 to 100 can be", path: path)
        }
        return format
    }

    private static func openFilm(
        _ path: String, _ format: Format, _ width: Int, _ height: Int, _ framesPerSecond: Double
    ) throws(ReaderError) -> OpaquePointer? {
        guard format != .png else { return nil }
        var film: OpaquePointer?
        do {
            _ = try check(path) {
                cpictures_writer_open(
                    path, format.rawValue, UInt32(height), UInt32(width), framesPerSecond, &film, $0)
            }
        } catch {
            unlink(path)
            throw error
        }
        return film
    }

    /// The versions of the picture and film libraries, for `doctor`.
    package static var libraryVersions: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { text in
            guard let start = text.baseAddress else { return "" }
            cpictures_versions(start, 128)
            return String(cString: start)
        }
    }
}
