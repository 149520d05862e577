internal import Glibc

/// A piece of memory: plain where it is small, a mapped file without a name in the scratch folder where it is large.
///
/// `@unchecked Sendable`: whoever shares it writes to parts that do not overlap.
package final class ScratchMemory: @unchecked Sendable {
    package let bytes: UnsafeMutableRawBufferPointer
    private let isMapped: Bool

    /// The largest piece that is kept in plain memory.
    static let plainLimit = 24 << 20

    /// - Throws: `.system` where the scratch folder has no room.
    package init(byteCount: Int, folder: String, plainLimit: Int = ScratchMemory.plainLimit) throws(ReaderError) {
        isMapped = byteCount > plainLimit
        if isMapped {
            bytes = try ScratchMemory.map(byteCount, folder: folder)
        } else {
            bytes = .allocate(byteCount: max(1, byteCount), alignment: 64)
        }
    }

    deinit {
        if isMapped { munmap(bytes.baseAddress, bytes.count) } else { bytes.deallocate() }
    }

    private static func map(_ byteCount: Int, folder: String) throws(ReaderError) -> UnsafeMutableRawBufferPointer {
        var template = Array((folder + "/stbank-scratch-XXXXXX").utf8CString)
        let descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw fault("no scratch file can be made", errno, folder) }
        defer { close(descriptor) }
        unlink(template)
        // Room is taken beforehand: a full disk is an error here, not a signal later.
        let status = posix_fallocate(descriptor, 0, off_t(byteCount))
        guard status == 0 else { throw fault("no room for a scratch file of \(byteCount) bytes", status, folder) }
        let address = mmap(nil, byteCount, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw fault("a scratch file of \(byteCount) bytes cannot be mapped", errno, folder)
        }
        return UnsafeMutableRawBufferPointer(start: address, count: byteCount)
    }

    private static func fault(_ what: String, _ number: Int32, _ folder: String) -> ReaderError {
        ReaderError(.system, "\(what): \(String(cString: strerror(number)))", path: folder)
    }
}
