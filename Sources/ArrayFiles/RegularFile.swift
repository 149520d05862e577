internal import Glibc
package import SpaceTime

/// A regular file opened for reading by address. `@unchecked Sendable`: `pread` has no position to share.
package final class RegularFile: @unchecked Sendable {
    package let path: String
    package let byteCount: Int
    private let descriptor: Int32

    package init(path: String) throws(ReaderError) {
        byteCount = try RegularFile.byteCount(at: path)
        self.path = path
        SourceTrace.note(path)
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw RegularFile.fault("cannot be opened", path: path) }
    }

    deinit { close(descriptor) }

    /// The size of a file; a folder, pipe or device is refused.
    package static func byteCount(at path: String) throws(ReaderError) -> Int {
        var status = stat()
        guard !path.utf8.contains(0), stat(path, &status) == 0 else {
            throw fault("cannot be looked at", path: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw ReaderError(.damaged, "is not a regular file", path: path)
        }
        return Int(status.st_size)
    }

    /// Fills `buffer` with the bytes from `offset` on.
    package func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ReaderError) {
        guard offset >= 0, buffer.count <= byteCount - offset else {
            throw truncated(at: offset, wanting: buffer.count)
        }
        var done = 0
        while done < buffer.count, let base = buffer.baseAddress {
            let got = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            if got < 0 { throw RegularFile.fault("cannot be read at byte \(offset + done)", path: path) }
            if got == 0 { throw truncated(at: offset, wanting: buffer.count) }
            done += got
        }
    }

    private func truncated(at offset: Int, wanting count: Int) -> ReaderError {
        ReaderError(
            .damaged, "ends at byte \(byteCount), but \(count) bytes are declared from byte \(offset) on", path: path)
    }

    private static func fault(_ what: String, path: String) -> ReaderError {
        let number = errno
        let reason = String(cString: strerror(number))
        return ReaderError(
            number == ENOENT || number == ENOTDIR ? .notFound : .system, "\(what): \(reason)", path: path)
    }
}
