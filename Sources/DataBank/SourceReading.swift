internal import CKernels
internal import Glibc
internal import SpaceTime

/// Raw files hashed one behind the other, in steps.
///
/// `@unchecked Sendable`: whoever has time for a step takes it under the lock of `SourceHashing`.
final class SourceReading: @unchecked Sendable {
    /// What is read at once: stays in the cache nearest to the processor until it is hashed.
    private static let stepByteCount = 128 << 10

    private let paths: [String]
    /// Digests known beforehand; those files are not read.
    private let remembered: [Digest?]
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: stepByteCount, alignment: 4096)
    private var descriptor: Int32 = -1
    private var hash = ck_sha256()
    /// In place of `hash` on processors without SHA instructions.
    private var slow: SHA256?
    private var digests: [Digest] = []
    private var fault: BankError?
    /// Bytes hashed so far, of all files.
    private(set) var position = 0

    init(_ paths: [String], remembered: [Digest?]) {
        self.paths = paths
        self.remembered = remembered
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        buffer.deallocate()
    }

    /// Hashes on until `position` reaches `end` or all files are done.
    func advance(to end: Int) {
        while position < end, let bytes = next(atMost: end - position) { add(bytes) }
    }

    /// Adds frames to their hashes and, side by side with them, raw bytes up to `end` to theirs.
    func advance(to end: Int, beside twin: TwinSHA256, with frames: UnsafeRawBufferPointer) {
        var rest = frames
        while rest.count > 0, position < end, let bytes = next(atMost: min(rest.count, end - position)) {
            twin.update(UnsafeRawBufferPointer(rebasing: rest[..<bytes.count]), beside: &hash, bytes)
            position += bytes.count
            rest = UnsafeRawBufferPointer(rebasing: rest[bytes.count...])
        }
        twin.update(rest)
    }

    /// Hashes what is left. Returns the digests in the order of the files.
    func finish() throws(BankError) -> [Digest] {
        while let bytes = next(atMost: .max) { add(bytes) }
        if let fault { throw fault }
        return digests
    }

    private func add(_ bytes: UnsafeRawBufferPointer) {
        if let slow { slow.update(bytes) } else { ck_sha256_update(&hash, bytes.baseAddress, bytes.count) }
        position += bytes.count
    }

    /// The next bytes of the file at hand, or of the next one; nil behind the last, or after a failure.
    private func next(atMost limit: Int) -> UnsafeRawBufferPointer? {
        guard fault == nil else { return nil }
        do throws(BankError) {
            while try open() {
                let got = try read(min(limit, buffer.count))
                if got > 0 { return UnsafeRawBufferPointer(rebasing: buffer[..<got]) }
                digests.append(slow?.digest() ?? TwinSHA256.digest(hash))
                close(descriptor)
                descriptor = -1
            }
        } catch { fault = error }
        return nil
    }

    /// Opens the next file that has to be read. Returns false behind the last.
    private func open() throws(BankError) -> Bool {
        if descriptor >= 0 { return true }
        while digests.count < paths.count, let known = remembered[digests.count] { digests.append(known) }
        guard digests.count < paths.count else { return false }
        let path = paths[digests.count]
        descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Disk.failure("open", path) }
        posix_fadvise(descriptor, 0, 0, POSIX_FADV_SEQUENTIAL)
        slow = TwinSHA256.isFastHere ? nil : SHA256()
        ck_sha256_start(&hash)
        return true
    }

    private func read(_ count: Int) throws(BankError) -> Int {
        while true {
            let got = Glibc.read(descriptor, buffer.baseAddress, count)
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw Disk.failure("read", paths[digests.count]) }
            return got
        }
    }
}
