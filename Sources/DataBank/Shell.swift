internal import Glibc
internal import SpaceTime

/// The bytes of a payload file that are not the payload: laid by libhdf5 in a file of its own, then read back.
struct Shell {
    /// All bytes before the payload.
    let header: [UInt8]
    /// All bytes behind it.
    let tail: [UInt8]
    /// Where the bytes of each variable in the tail begin in the file.
    let offsets: [String: Int]

    /// - Parameter path: of the payload file; the shell is laid beside it and removed again.
    init(_ layout: PayloadLayout, writer: any ShellWriter, beside path: String, payloadEnd: Int) throws {
        let shellPath = path + ".shell"
        defer { unlink(shellPath) }
        let extent = try writer.writeShell(layout, to: shellPath)
        let size = extent.byteCount
        offsets = extent.offsets
        guard size >= payloadEnd else {
            throw BankError(.system, "the shell ends at \(size), before its payload's end at \(payloadEnd)", path: path)
        }
        header = try Shell.bytes(of: shellPath, from: 0, count: writer.payloadOffset)
        tail = try Shell.bytes(of: shellPath, from: payloadEnd, count: size - payloadEnd)
    }

    private static func bytes(of path: String, from offset: Int, count: Int) throws(BankError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.failure("open", path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = bytes[done...].withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress, $0.count, offset + done)
            }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw Disk.failure("read", path) }
            done += got
        }
        return bytes
    }
}
