internal import CPictures
package import SpaceTime

/// A JPEG or PNG file, told apart by its first bytes, whatever its suffix.
///
/// JPEG: libjpeg-turbo with the accurate integer transform and smooth chroma, the values Pillow gives; gray stays gray,
/// colours become RGB; CMYK is refused; a warning of the library (bytes missing or corrupt) is an error.
/// PNG: libpng; palettes become RGB, gray of fewer bits becomes 8, 16 bits stay (little-endian), transparency is left out.
/// The orientation tag of cameras and colour profiles are not applied.
package struct PictureFile: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case jpeg, png
    }

    /// No file and no decoded picture larger than this is read: 64 MiB.
    package static let largestByteCount = 64 << 20
    /// Most headers end before this.
    private static let headerByteCount = 64 << 10

    package let path: String

    package init(_ path: String) { self.path = path }

    /// Reads the header only.
    package func header() throws(ReaderError) -> PictureHeader {
        let file = try open()
        let start = try file.prefix(PictureFile.headerByteCount)
        guard file.byteCount > start.count else { return try header(of: start).checked }
        do {
            return try header(of: start).checked
        } catch  where error.code == .damaged {
            return try header(of: open().prefix(PictureFile.largestByteCount)).checked
        }
    }

    /// Decodes to channel, row, column into `planes`, whose size must be the header's.
    ///
    /// - Throws: `ReaderError` `.damaged` where the file is cut short, corrupt or has another header than `expected`.
    package func decode(
        into planes: UnsafeMutableRawBufferPointer, expecting expected: PictureHeader
    ) throws(ReaderError) {
        let bytes = try open().prefix(PictureFile.largestByteCount)
        let (found, kind, raw) = try header(of: bytes).checkedParts
        guard found == expected else {
            let message = "its header says \(found.description), where \(expected.description) was expected"
            throw ReaderError(.damaged, message, path: path)
        }
        var library = raw
        let target = planes.bindMemory(to: UInt8.self)
        _ = try bytes.withUnsafeBufferPointer { source throws(ReaderError) in
            try check(path) { message in
                switch kind {
                case .jpeg:
                    cpictures_jpeg_decode(
                        source.baseAddress, source.count, &library, target.baseAddress, target.count, message)
                case .png:
                    cpictures_png_decode(
                        source.baseAddress, source.count, &library, target.baseAddress, target.count, message)
                }
            }
        }
    }

    private func open() throws(ReaderError) -> RegularFile {
        let file = try RegularFile(path)
        guard file.byteCount <= PictureFile.largestByteCount else {
            throw ReaderError(
                .damaged, "a picture file of \(file.byteCount) bytes; at most 64 MiB are read", path: path)
        }
        return file
    }

    private func kind(of bytes: [UInt8]) throws(ReaderError) -> Kind {
        if bytes.starts(with: [0xFF, 0xD8]) { return .jpeg }
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return .png }
        throw ReaderError(.damaged, "neither a JPEG nor a PNG by its first bytes", path: path)
    }

    private func header(of bytes: [UInt8]) throws(ReaderError) -> RawHeader {
        let kind = try kind(of: bytes)
        var raw = cpictures_picture()
        _ = try bytes.withUnsafeBufferPointer { source throws(ReaderError) in
            try check(path) { message in
                switch kind {
                case .jpeg: cpictures_jpeg_header(source.baseAddress, source.count, &raw, message)
                case .png: cpictures_png_header(source.baseAddress, source.count, &raw, message)
                }
            }
        }
        return RawHeader(path: path, kind: kind, values: raw)
    }
}

/// A header as the library gives it, before its size is believed.
private struct RawHeader {
    let path: String
    let kind: PictureFile.Kind
    let values: cpictures_picture

    var checkedParts: (PictureHeader, PictureFile.Kind, cpictures_picture) {
        get throws(ReaderError) { (try checked, kind, values) }
    }

    var checked: PictureHeader {
        get throws(ReaderError) {
            let header = PictureHeader(
                rows: Int(values.rows), columns: Int(values.columns), channels: Int(values.channels),
                element: values.bytes_per_value == 2 ? .uint16 : .uint8, hasAlpha: values.has_alpha != 0)
            // The libraries allow 65 536 rows and columns, so that the product cannot overflow.
            guard header.rows > 0, header.columns > 0, header.byteCount <= PictureFile.largestByteCount else {
                let message = "its header says \(header.description); pictures of up to 64 MiB are read"
                throw ReaderError(.damaged, message, path: path)
            }
            return header
        }
    }
}
