internal import Glibc

/// A regular file opened for reading at places.
final class InputFile {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    init(_ path: String) throws(TensorError) {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw InputFile.systemError("cannot be opened", path) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw TensorError(.damaged, "is not a regular file", path: path)
        }
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Fills the buffer with the bytes from `offset` on.
    ///
    /// - Throws: `.damaged` where the file ends before.
    func read(_ buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(TensorError) {
        guard offset >= 0, buffer.count <= byteCount, offset <= byteCount - buffer.count else {
            throw TensorError(
                .damaged,
                "ends at byte \(byteCount), but \(buffer.count) bytes from byte \(offset) on are needed: it is "
                    + "truncated", path: path)
        }
        var done = 0
        while done < buffer.count {
            let count = pread(
                descriptor, buffer.baseAddress.map { $0 + done }, buffer.count - done, off_t(offset + done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw InputFile.systemError("cannot be read", path) }
            done += count
        }
    }

    func bytes(_ range: Range<Int>) throws(TensorError) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= byteCount else {
            throw TensorError(.damaged, "ends at byte \(byteCount), before byte \(range.upperBound)", path: path)
        }
        var result = [UInt8](repeating: 0, count: range.count)
        var failure: TensorError?
        result.withUnsafeMutableBytes { buffer in
            do throws(TensorError) { try read(buffer, at: range.lowerBound) } catch { failure = error }
        }
        if let failure { throw failure }
        return result
    }

    static func systemError(_ words: String, _ path: String) -> TensorError {
        TensorError(errno == ENOENT ? .damaged : .system, "\(words): \(String(cString: strerror(errno)))", path: path)
    }
}

/// Sizes from files, whose product may be anything.
enum CheckedCount {
    /// nil where an extent is negative or the product does not fit.
    static func product(_ factors: [Int]) -> Int? {
        var result = 1
        for factor in factors {
            let (value, overflows) = result.multipliedReportingOverflow(by: factor)
            if factor < 0 || overflows { return nil }
            result = value
        }
        return result
    }
}
