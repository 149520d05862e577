internal import Dispatch
internal import Glibc
internal import SpaceTime
internal import Synchronization

/// The SHA-256 of all raw files, taken in step with the frames that come out of them.
///
/// The thread that hashes frames takes raw bytes along: three chains side by side cost much less than two and one apart. Where
/// the raw files are larger than what comes out of them, a thread of its own hashes the difference.
final class SourceHashing: Sendable {
    private let sources: [Survey.Source]
    private let stamps: [SourceHashes.Stamp]
    private let remembered: [Digest?]
    private let hashes: SourceHashes
    private let queue = DispatchQueue(label: "stbank.sources")
    private let reading: Mutex<SourceReading>
    private let pace = Mutex(Pace())
    /// Whether the thread of its own is at work.
    private let isApart = Atomic<Bool>(false)

    /// How many raw bytes ought to be hashed by now.
    private struct Pace {
        /// Raw bytes that have to be read, and bytes of the frames that come out of them.
        var sources = 0
        var frames = 1
        /// Bytes of frames so far.
        var done = 0

        var due: Int { Int((Double(sources) * min(1, Double(done) / Double(frames))).rounded(.up)) }
    }

    /// Less is not worth a thread of its own.
    private static let leastApart = 1 << 20

    init(_ sources: [Survey.Source], in bank: Bank, rehash: Bool) throws(BankError) {
        self.sources = sources
        hashes = try SourceHashes(bank, ignoring: rehash)
        var stamps: [SourceHashes.Stamp] = []
        for source in sources { stamps.append(try SourceHashes.Stamp(of: source.path)) }
        self.stamps = stamps
        remembered = stamps.map { [hashes] in hashes.digest(of: $0) }
        reading = Mutex(SourceReading(sources.map(\.path), remembered: remembered))
    }

    /// There are files, and every one's hash is remembered.
    var isKnown: Bool { !remembered.isEmpty && remembered.allSatisfy { $0 != nil } }
    var byteCount: Int { stamps.reduce(0) { $0 + $1.size } }

    /// What the files looked like at the start, as text.
    var stampText: String {
        zip(sources, stamps).map { "\($0.name) \($1.device) \($1.inode) \($1.size) \($1.modified) \($1.changed)" }
            .sorted().joined(separator: "\n")
    }

    /// Says that so many bytes of frames will be hashed. Without SHA instructions there is nothing to share: begins at once.
    func start(beside frames: Int) {
        let unread = zip(stamps, remembered).reduce(0) { $0 + ($1.1 == nil ? $1.0.size : 0) }
        pace.withLock { $0 = Pace(sources: unread, frames: max(1, frames)) }
        if !TwinSHA256.isFastHere { queue.async { [self] in _ = reading.withLock { try? $0.finish() } } }
    }

    /// Adds frames to their hashes and the raw bytes that are due to theirs.
    func update(_ hash: TwinSHA256, with frames: UnsafeRawBufferPointer) {
        guard TwinSHA256.isFastHere else { return hash.update(frames) }
        let due = pace.withLock { pace in
            pace.done += frames.count
            return pace.due
        }
        let isTaken: Void? = reading.withLockIfAvailable { reading in
            reading.advance(to: due, beside: hash, with: frames)
            if due - reading.position > Self.leastApart { goOnApart(to: due) }
        }
        if isTaken == nil { hash.update(frames) }
    }

    /// Hashes what is due now on a thread of its own.
    private func goOnApart(to due: Int) {
        guard !isApart.exchange(true, ordering: .acquiringAndReleasing) else { return }
        queue.async { [self] in
            reading.withLock { $0.advance(to: due) }
            isApart.store(false, ordering: .releasing)
        }
    }

    /// The hashes, in the order of the sources.
    func wait() throws -> [Record.Source] {
        let digests = try reading.withLock { try $0.finish() }
        try hashes.remember(Array(zip(stamps, digests)))
        return sources.indices.map { index in
            Record.Source(
                name: sources[index].name, path: sources[index].path, size: stamps[index].size, sha256: digests[index])
        }
    }

    /// - Throws: `.sourceChanged` naming a file that is not what it was when the build began.
    func checkUnchanged() throws(BankError) {
        for (source, stamp) in zip(sources, stamps) where try SourceHashes.Stamp(of: source.path) != stamp {
            throw BankError(
                .sourceChanged,
                "the file changed while it was read; nothing was published. Start again when it is at rest",
                path: source.path)
        }
    }
}
