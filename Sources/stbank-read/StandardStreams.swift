internal import Glibc
internal import SpaceTime

/// Standard input and output as bytes.
enum StandardStreams {
    /// Reads to the end.
    ///
    /// - Throws: `ReaderError` `.damaged` where there is more than `limit`.
    static func readAll(atMost limit: Int, _ what: String) throws(ReaderError) -> [UInt8] {
        var bytes: [UInt8] = []
        while true {
            let part = try read(atMost: 1 << 16)
            if part.isEmpty { return bytes }
            bytes += part
            guard bytes.count <= limit else {
                throw ReaderError(.damaged, "\(what) has more than \(limit >> 10) KiB, which is refused")
            }
        }
    }

    /// Reads what there is, up to a number of bytes; nothing at the end.
    static func read(atMost limit: Int) throws(ReaderError) -> [UInt8] {
        var (result, code) = (0, Int32(0))
        repeat {
            let part = [UInt8](unsafeUninitializedCapacity: limit) { buffer, filled in
                result = Glibc.read(0, buffer.baseAddress, limit)
                code = errno
                filled = max(0, result)
            }
            if result >= 0 { return part }
        } while code == EINTR
        throw ReaderError(.system, "standard input cannot be read: \(String(cString: strerror(code)))")
    }

    /// Fills a buffer.
    ///
    /// - Returns: whether there were enough bytes.
    static func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Bool {
        var filled = 0
        while filled < buffer.count {
            let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[filled...])
            let count = Glibc.read(0, rest.baseAddress, rest.count)
            if count == 0 { return false }
            if count < 0, errno != EINTR {
                throw ReaderError(.system, "standard input cannot be read: \(String(cString: strerror(errno)))")
            }
            filled += max(0, count)
        }
        return true
    }

    static func write(_ bytes: [UInt8]) throws(ReaderError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(1, $0.baseAddress, $0.count) }
            if count < 0, errno != EINTR {
                throw ReaderError(.system, "standard output cannot be written: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
