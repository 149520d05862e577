internal import Glibc
package import SpaceTime

/// One regular file of an archive, unpacked while it is read; good until the scanner is asked for the next one.
package final class ArchiveMember: ArchiveBytes {
    /// The name inside the archive without the endings of its own compression, `/` between, inner archives as folders.
    package let name: String
    /// Position among the members that the scanner gives.
    package let index: Int
    /// The size the archive states; nil where it is compressed by itself.
    package let byteCount: Int?
    private let content: ArchivePeek
    private let limits: ArchiveLimits
    private let path: String

    init(name: String, index: Int, byteCount: Int?, content: ArchivePeek, limits: ArchiveLimits, path: String) {
        self.name = name
        self.index = index
        self.byteCount = byteCount
        self.content = content
        self.limits = limits
        self.path = path
    }

    /// The first bytes, at most 512, whatever has been read.
    package var prefix: [UInt8] { content.prefix }

    /// The next bytes; 0 at the end.
    /// - Throws: `.damaged` beyond the size cap and for damaged bytes.
    package func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        let got = try content.read(into: buffer)
        guard content.handedOut <= limits.memberBytes else {
            throw damage("has more than the \(limits.memberBytes) bytes that make sense here")
        }
        return got
    }

    /// Makes sure that nothing follows, which also compares the checksums that stand at the end of a compressed stream.
    package func finish() throws(ReaderError) {
        if try !bytes(atMost: 1).isEmpty { throw damage("goes on where it should end") }
    }

    /// Writes the bytes not yet read to a new file.
    /// - Throws: besides damage, `.system` where the file cannot be made or the disk is full.
    package func extract(to file: String) throws(ReaderError) {
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw ReaderError(.system, "cannot be made: \(String(cString: strerror(errno)))", path: file)
        }
        defer { close(descriptor) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 18, alignment: 16)
        defer { buffer.deallocate() }
        while true {
            let got = try readAll(into: buffer)
            try ArchiveMember.write(UnsafeRawBufferPointer(rebasing: buffer[..<got]), to: descriptor, file)
            if got < buffer.count { return }
        }
    }

    private static func write(
        _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, _ file: String
    ) throws(ReaderError) {
        var written = 0
        while written < bytes.count {
            let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + written }, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw ReaderError(.system, "cannot be written: \(String(cString: strerror(errno)))", path: file)
            }
        }
    }

    private func damage(_ what: String) -> ReaderError {
        ReaderError(.damaged, "member `\(name)` \(what)", path: path)
    }
}
