internal import Dispatch
internal import Glibc
internal import SpaceTime
internal import Synchronization

/// The SHA-256 of all raw files, taken on a thread of its own while the frames are read.
final class SourceHashing: Sendable {
    private let sources: [Survey.Source]
    private let stamps: [SourceHashes.Stamp]
    private let remembered: [Digest?]
    private let hashes: SourceHashes
    private let queue = DispatchQueue(label: "stbank.sources")
    private let found: Mutex<Result<[Digest], any Error>?> = Mutex(nil)

    init(_ sources: [Survey.Source], in bank: Bank, rehash: Bool) throws(BankError) {
        self.sources = sources
        hashes = try SourceHashes(bank, ignoring: rehash)
        var stamps: [SourceHashes.Stamp] = []
        for source in sources { stamps.append(try SourceHashes.Stamp(of: source.path)) }
        self.stamps = stamps
        remembered = stamps.map { [hashes] in hashes.digest(of: $0) }
    }

    /// There are files, and every one's hash is remembered.
    var isKnown: Bool { !remembered.isEmpty && remembered.allSatisfy { $0 != nil } }
    var byteCount: Int { stamps.reduce(0) { $0 + $1.size } }

    /// What the files looked like at the start, as text.
    var stampText: String {
        zip(sources, stamps).map { "\($0.name) \($1.device) \($1.inode) \($1.size) \($1.modified) \($1.changed)" }
            .sorted().joined(separator: "\n")
    }

    /// Begins to hash what is not remembered.
    func start() {
        queue.async { [self] in
            guard found.withLock({ $0 == nil }) else { return }
            let result = Result { try hashAll() }
            found.withLock { $0 = result }
        }
    }

    private func hashAll() throws -> [Digest] {
        var digests: [Digest] = []
        for (index, source) in sources.enumerated() {
            digests.append(try remembered[index] ?? FileDigest.sha256(ofFileAt: source.path))
        }
        return digests
    }

    /// The hashes, in the order of the sources.
    func wait() throws -> [Record.Source] {
        start()
        queue.sync {}
        guard let result = found.withLock({ $0 }) else { preconditionFailure("hashing was started") }
        let digests = try result.get()
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
