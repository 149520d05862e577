internal import CArchive
internal import Glibc
package import SpaceTime

/// Writes a NumPy `.npz`: a zip of npy arrays, stored without compression, whole or not at all.
package final class NPZWriter {
    private let archive: OpaquePointer
    private let path: String
    private let temporary: String
    private var isFinished = false

    package init(_ path: String) throws(ExchangeError) {
        guard let archive = archive_write_new() else { throw ExchangeError("out of memory", path: path) }
        self.archive = archive
        self.path = path
        temporary = path + ".part"
        archive_write_set_format_zip(archive)
        archive_write_set_options(archive, "zip:compression=store,zip:zip64")
        if archive_write_open_filename(archive, temporary) != ARCHIVE_OK { throw failure() }
    }

    deinit {
        if !isFinished {
            archive_write_fail(archive)
            unlink(temporary)
        }
        archive_write_free(archive)
    }

    /// Adds an array whose bytes come piece by piece through the closure given to `body`.
    package func add(
        _ name: String, descr: String, shape: [Int], byteCount: Int,
        _ body: ((UnsafeRawBufferPointer) throws -> Void) throws -> Void
    ) throws {
        let header = NPYHeader.bytes(descr: descr, shape: shape)
        let entry = archive_entry_new()
        defer { archive_entry_free(entry) }
        archive_entry_set_pathname(entry, name + ".npy")
        archive_entry_set_filetype(entry, 0o100000)
        archive_entry_set_perm(entry, 0o644)
        archive_entry_set_size(entry, Int64(header.count + byteCount))
        if archive_write_header(archive, entry) != ARCHIVE_OK { throw failure() }
        try header.withUnsafeBytes { try put($0) }
        var rest = byteCount
        try body { bytes in
            rest -= bytes.count
            try self.put(bytes)
        }
        guard rest == 0 else { throw ExchangeError("`\(name)` came \(rest) bytes short", path: path) }
    }

    /// Adds numbers that are held in memory, little-endian.
    package func add<Number: FixedWidthInteger>(_ name: String, _ numbers: [Number], descr: String) throws {
        try add(name, descr: descr, shape: [numbers.count], byteCount: numbers.count * MemoryLayout<Number>.size) {
            put in
            try numbers.map(\.littleEndian).withUnsafeBytes { try put($0) }
        }
    }

    /// Adds texts as NumPy's fixed-width Unicode.
    package func add(_ name: String, _ texts: [String]) throws {
        let scalars = texts.map { $0.unicodeScalars.map(\.value) }
        let width = max(1, scalars.map(\.count).max() ?? 1)
        let flat = scalars.flatMap { $0 + [UInt32](repeating: 0, count: width - $0.count) }
        try add(name, descr: "<U\(width)", shape: [texts.count], byteCount: flat.count * 4) { put in
            try flat.map(\.littleEndian).withUnsafeBytes { try put($0) }
        }
    }

    /// Ends the file and gives it its name.
    package func finish() throws(ExchangeError) {
        if archive_write_close(archive) != ARCHIVE_OK { throw failure() }
        isFinished = true
        if rename(temporary, path) != 0 {
            throw ExchangeError("cannot be given its name: \(String(cString: strerror(errno)))", path: path)
        }
    }

    private func put(_ bytes: UnsafeRawBufferPointer) throws(ExchangeError) {
        if bytes.count > 0, archive_write_data(archive, bytes.baseAddress, bytes.count) != bytes.count {
            throw failure()
        }
    }

    private func failure() -> ExchangeError {
        let reason = archive_error_string(archive).map { String(cString: $0) } ?? "no reason given"
        // libarchive says only "Write error"; the number says why.
        let number = archive_errno(archive)
        let cause = number > 0 && number < 4096 ? ": \(String(cString: strerror(number)))" : ""
        return ExchangeError("cannot be written (\(reason))\(cause)", path: path)
    }
}

extension ElementType {
    /// NumPy's type text.
    package var descr: String {
        switch self {
        case .int8: "|i1"
        case .uint8: "|u1"
        case .int16: "<i2"
        case .uint16: "<u2"
        case .int32: "<i4"
        case .uint32: "<u4"
        case .int64: "<i8"
        case .uint64: "<u8"
        case .float32: "<f4"
        case .float64: "<f8"
        }
    }
}
