internal import CKernels
internal import Glibc
internal import SpaceTime

/// A file without a name in the scratch folder, written in long runs past the page cache where the file system allows it.
///
/// `@unchecked Sendable`: `pread` and `pwrite` have no position to share.
final class ScratchFile: @unchecked Sendable {
    /// Offsets, sizes and addresses given to `write` are multiples of this.
    static let alignment = 4096

    private let folder: String
    private let descriptor: Int32
    private let direct: Int32

    /// Takes the room beforehand: a full disk is an error here, not half-way.
    init(byteCount: Int, folder: String) throws(ReaderError) {
        var template = Array((folder + "/stbank-scratch-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw ScratchFile.fault("no scratch file can be made", errno, folder) }
        self.folder = folder
        self.descriptor = descriptor
        direct = ck_open_direct(template)
        unlink(template)
        let status = posix_fallocate(descriptor, 0, off_t(byteCount))
        guard status == 0 else {
            throw ScratchFile.fault("no room for a scratch file of \(byteCount) bytes", status, folder)
        }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_RANDOM)
    }

    deinit {
        close(descriptor)
        if direct >= 0 { close(direct) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ReaderError) {
        var done = 0
        while done < bytes.count, let base = bytes.baseAddress {
            let target = direct >= 0 ? direct : descriptor
            let written = pwrite(target, base + done, bytes.count - done, off_t(offset + done))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw ScratchFile.fault("the scratch file cannot be written", errno, folder) }
            if direct < 0 { ck_start_writeback(descriptor, Int64(offset + done), Int64(written)) }
            done += written
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ReaderError) {
        var done = 0
        while done < buffer.count, let base = buffer.baseAddress {
            let got = pread(descriptor, base + done, buffer.count - done, off_t(offset + done))
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw ScratchFile.fault("the scratch file cannot be read", errno, folder) }
            done += got
        }
    }

    private static func fault(_ what: String, _ number: Int32, _ folder: String) -> ReaderError {
        ReaderError(.system, "\(what): \(String(cString: strerror(number)))", path: folder)
    }
}
