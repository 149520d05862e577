internal import Glibc
internal import SpaceTime

/// A regular file opened for reading: never a pipe, a device or a folder, which could hang the reader.
struct RegularFile: ~Copyable {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    init(_ path: String) throws(ReaderError) {
        SourceTrace.note(path)
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        self.path = path
        guard descriptor >= 0 else {
            throw ReaderError(.system, "cannot be opened: \(String(cString: strerror(errno)))", path: path)
        }
        var facts = stat()
        guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw ReaderError(.damaged, "not a regular file; give the file itself", path: path)
        }
        byteCount = Int(facts.st_size)
    }

    deinit { close(descriptor) }

    /// Fills the front of `bytes` from where the last read ended; fewer bytes only at the end of the file.
    func read(into bytes: inout [UInt8]) throws(ReaderError) -> Int {
        var filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { buffer in
                let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
                return Glibc.read(descriptor, rest.baseAddress, rest.count)
            }
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw ReaderError(.system, "cannot be read: \(String(cString: strerror(errno)))", path: path)
            }
            filled += count
        }
        return filled
    }

    /// The first bytes, at most `limit`.
    func prefix(_ limit: Int) throws(ReaderError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: min(limit, byteCount))
        let count = try read(into: &bytes)
        return count == bytes.count ? bytes : Array(bytes.prefix(count))
    }
}
