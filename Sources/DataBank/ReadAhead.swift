internal import CProcess
internal import Dispatch
internal import Glibc

/// Reads files one behind the other on a thread of its own, ahead of whoever takes the bytes.
///
/// `@unchecked Sendable`: a buffer belongs to the reading thread until `filled` says so, then to the taker until its next call.
final class ReadAhead: @unchecked Sendable {
    /// What comes next.
    enum Step {
        /// Valid until the next call.
        case bytes(UnsafeRawBufferPointer)
        case endOfFile
        /// Behind the last file.
        case end
        case failed(BankError)
    }

    private static let bufferByteCount = 1 << 20
    private static let bufferCount = 4

    private let paths: [String]
    private let queue = DispatchQueue(label: "stbank.reading")
    private let filled = DispatchSemaphore(value: 0)
    private let buffers: [UnsafeMutableRawBufferPointer]
    private var steps: [Step]
    /// The buffer that was handed out last; nil before the first call.
    private var lent: Int?

    // The reading thread's.
    private var file = 0
    private var descriptor: Int32 = -1

    init(_ paths: [String]) {
        self.paths = paths
        buffers = (0..<Self.bufferCount).map { _ in .allocate(byteCount: Self.bufferByteCount, alignment: 4096) }
        steps = buffers.map { _ in .end }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        for buffer in buffers { buffer.deallocate() }
    }

    /// Waits for what comes next. For one caller at a time.
    func next() -> Step {
        if let lent { fill(lent) } else { buffers.indices.forEach(fill) }
        filled.wait()
        let current = lent.map { ($0 + 1) % buffers.count } ?? 0
        lent = current
        return steps[current]
    }

    private func fill(_ buffer: Int) {
        queue.async { [self] in
            _ = cprocess_yield_when_woken(1)
            steps[buffer] = read(into: buffers[buffer])
            filled.signal()
        }
    }

    private func read(into buffer: UnsafeMutableRawBufferPointer) -> Step {
        do throws(BankError) {
            guard try open() else { return .end }
            while true {
                let count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
                if count < 0, errno == EINTR { continue }
                guard count >= 0 else { throw Disk.failure("read", paths[file]) }
                if count > 0 { return .bytes(UnsafeRawBufferPointer(rebasing: buffer[..<count])) }
                close(descriptor)
                descriptor = -1
                file += 1
                return .endOfFile
            }
        } catch { return .failed(error) }
    }

    /// Opens the file at hand. Returns false behind the last.
    private func open() throws(BankError) -> Bool {
        if descriptor >= 0 { return true }
        guard file < paths.count else { return false }
        descriptor = Glibc.open(paths[file], O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.failure("open", paths[file]) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        return true
    }
}
