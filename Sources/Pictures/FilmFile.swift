internal import CPictures
package import SpaceTime

/// A film or animated GIF, read from its first frame to its last through FFmpeg's libraries.
///
/// Strict: one decoding thread, bit-exact inverse transform, no error concealment; what the decoder complains of is an
/// error, not a patched frame. Only regular files of the listed containers and codecs, never addresses or lists.
package struct FilmFile: ~Copyable {
    /// Which numbers of a frame are wanted; the raw value is how many planes that is.
    package enum Planes: UInt32, Hashable, Sendable {
        /// The luma plane as stored: no stretch of range, no conversion.
        case luma = 1
        /// Red, green, blue of films stored as RGB or with a palette. Pixels of a GIF that no frame has drawn are white.
        case rgb = 3
    }

    package struct Header: Hashable, Sendable {
        package var rows: Int
        package var columns: Int
        /// Frames by the container's packets; exact for a sound film.
        package var frameCount: Int
        /// The container's rate; nil where it has none.
        package var framesPerSecond: Double?
        /// FFmpeg's names: `avi`, `mpeg4`, `yuv420p`.
        package var container: String
        package var codec: String
        package var pixelFormat: String
        package var hasLuma: Bool
        package var hasRGB: Bool
        /// Luma runs from 0 to 255, not from 16 to 235.
        package var isFullRange: Bool
    }

    package let path: String
    private let film: OpaquePointer

    package init(_ path: String) throws(ReaderError) {
        var header = cpictures_film_header()
        film = try FilmFile.open(path, &header)
        self.path = path
    }

    deinit { cpictures_film_close(film) }

    /// Reads header and packets, decodes at most the first frames. Cost: one pass over the file.
    ///
    /// - Throws: `ReaderError` `.damaged` where the film breaks off or holds fewer frames than its header promises.
    package static func survey(_ path: String) throws(ReaderError) -> Header {
        var raw = cpictures_film_header()
        let film = try open(path, &raw)
        defer { cpictures_film_close(film) }
        let container = text(in: raw.container)
        var count: Int64 = 0
        if container == "gif" {
            count = Int64(try GIFStructure.frameCount(path))
        } else {
            _ = try check(path) { cpictures_film_count(film, &count, $0) }
        }
        guard count > 0, count <= Int64(Int32.max) else {
            throw ReaderError(.damaged, "the film has no frames", path: path)
        }
        let rate = raw.rate_numerator > 0 ? Double(raw.rate_numerator) / Double(raw.rate_denominator) : nil
        return Header(
            rows: Int(raw.rows), columns: Int(raw.columns), frameCount: Int(count), framesPerSecond: rate,
            container: container, codec: text(in: raw.codec), pixelFormat: text(in: raw.pixel_format),
            hasLuma: raw.has_luma != 0, hasRGB: raw.has_rgb != 0,
            isFullRange: raw.is_full_range != 0)
    }

    /// Decodes the next frame into `buffer` (plane, row, column; uint8); false after the last.
    ///
    /// - Throws: `ReaderError` `.damaged` where the frame does not decode or has another size than `buffer`.
    package mutating func next(
        _ planes: Planes, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) -> Bool {
        let target = buffer.bindMemory(to: UInt8.self)
        let status = try check(path) {
            cpictures_film_next(film, planes.rawValue, target.baseAddress, target.count, $0)
        }
        return status != CPICTURES_END
    }

    /// Decodes the next frame and drops it, since later frames build on it; false after the last.
    package mutating func skip() throws(ReaderError) -> Bool {
        try check(path) { cpictures_film_next(film, 0, nil, 0, $0) } != CPICTURES_END
    }

    private static func open(_ path: String, _ header: inout cpictures_film_header) throws(ReaderError) -> OpaquePointer
    {
        SourceTrace.note(path)
        var opened: OpaquePointer?
        _ = try check(path) { cpictures_film_open(path, &opened, &header, $0) }
        guard let opened else { throw ReaderError(.system, "cannot be opened", path: path) }
        return opened
    }
}
