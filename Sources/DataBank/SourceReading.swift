internal import CKernels
internal import SpaceTime

/// Raw files hashed one behind the other, in steps.
///
/// `@unchecked Sendable`: whoever has time for a step takes it under the lock of `SourceHashing`.
final class SourceReading: @unchecked Sendable {
    /// Digests known beforehand; those files are not read.
    private let remembered: [Digest?]
    private let files: ReadAhead
    /// Read, but not hashed yet.
    private var rest = UnsafeRawBufferPointer(start: nil, count: 0)
    private var hash = ck_sha256()
    /// In place of `hash` on processors without SHA instructions.
    private var slow: SHA256?
    /// Of the files that are not remembered, so far.
    private var digests: [Digest] = []
    private var hasEnded = false
    private var fault: BankError?
    /// Bytes hashed so far, of all files.
    private(set) var position = 0

    init(_ paths: [String], remembered: [Digest?]) {
        self.remembered = remembered
        files = ReadAhead(zip(paths, remembered).filter { $0.1 == nil }.map(\.0))
        startFile()
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
        var read = digests.makeIterator()
        return remembered.compactMap { $0 ?? read.next() }
    }

    private func startFile() {
        slow = TwinSHA256.isFastHere ? nil : SHA256()
        ck_sha256_start(&hash)
    }

    private func add(_ bytes: UnsafeRawBufferPointer) {
        if let slow { slow.update(bytes) } else { ck_sha256_update(&hash, bytes.baseAddress, bytes.count) }
        position += bytes.count
    }

    /// The next bytes of the file at hand, or of the next one; nil behind the last, or after a failure.
    private func next(atMost limit: Int) -> UnsafeRawBufferPointer? {
        while rest.isEmpty, !hasEnded {
            switch files.next() {
            case .bytes(let bytes): rest = bytes
            case .endOfFile:
                digests.append(slow?.digest() ?? TwinSHA256.digest(hash))
                startFile()
            case .end: hasEnded = true
            case .failed(let error): (fault, hasEnded) = (error, true)
            }
        }
        guard !rest.isEmpty else { return nil }
        let part = UnsafeRawBufferPointer(rebasing: rest[..<min(limit, rest.count)])
        rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
        return part
    }
}
