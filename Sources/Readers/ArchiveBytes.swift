internal import Glibc
package import SpaceTime

/// Bytes that come one behind the other, from a file, from memory or out of an unpacker.
package protocol ArchiveBytes: AnyObject {
    /// Fills `buffer` from its beginning, wholly or in part; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int
}

/// Bytes whose position can be set.
protocol SeekableArchiveBytes: ArchiveBytes {
    var byteCount: Int { get }
    var position: Int { get set }
}

extension ArchiveBytes {
    /// Fills the whole buffer unless the bytes end before; returns how many came.
    package func readAll(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        var filled = 0
        while filled < buffer.count {
            let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[filled...]))
            if got == 0 { break }
            filled += got
        }
        return filled
    }

    /// At most `limit` bytes. Memory grows with what comes, not with the limit.
    package func bytes(atMost limit: Int) throws(ReaderError) -> [UInt8] {
        var result: [UInt8] = []
        let piece = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, min(limit, 1 << 18)), alignment: 16)
        defer { piece.deallocate() }
        while result.count < limit {
            let wanted = min(piece.count, limit - result.count)
            let got = try readAll(into: UnsafeMutableRawBufferPointer(rebasing: piece[..<wanted]))
            result.append(contentsOf: piece[..<got])
            if got < wanted { break }
        }
        return result
    }
}

/// A regular file from its beginning.
final class ArchiveFileBytes: SeekableArchiveBytes {
    let byteCount: Int
    var position = 0
    private let path: String
    private let descriptor: Int32

    init(path: String) throws(ReaderError) {
        self.path = path
        SourceTrace.note(path)
        // Without O_NONBLOCK a pipe put in the file's place would hang us.
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ReaderError(.system, "cannot be opened: \(String(cString: strerror(errno)))", path: path)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ReaderError(.damaged, "is not a regular file", path: path)
        }
        byteCount = Int(status.st_size)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        while true {
            let got = pread(descriptor, buffer.baseAddress, buffer.count, off_t(position))
            if got >= 0 {
                position += got
                return got
            }
            guard errno == EINTR else {
                throw ReaderError(.system, "cannot be read: \(String(cString: strerror(errno)))", path: path)
            }
        }
    }

    deinit { close(descriptor) }
}

/// Bytes held in memory: a zip archive inside another archive.
final class ArchiveMemoryBytes: SeekableArchiveBytes {
    var byteCount: Int { bytes.count }
    var position = 0
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        guard position >= 0, position < bytes.count else { return 0 }
        let count = min(buffer.count, bytes.count - position)
        let range = position..<position + count
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        position += count
        return count
    }
}

/// Bytes whose beginning can be looked at before they are read, and which are counted.
final class ArchivePeek: ArchiveBytes {
    /// The first bytes, at most 512.
    let prefix: [UInt8]
    let inner: any ArchiveBytes
    /// How many bytes were handed out.
    private(set) var handedOut = 0

    init(_ inner: any ArchiveBytes) throws(ReaderError) {
        self.inner = inner
        prefix = try inner.bytes(atMost: 512)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        let count: Int
        if handedOut < prefix.count {
            count = min(buffer.count, prefix.count - handedOut)
            let range = handedOut..<handedOut + count
            prefix.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[range])) }
        } else {
            count = try inner.read(into: buffer)
        }
        handedOut += count
        return count
    }
}
