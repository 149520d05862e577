internal import Glibc
internal import SpaceTime
internal import Synchronization

/// SHA-256 of raw files, remembered by device, inode, size, mtime and ctime, so that an unchanged file is hashed once.
struct SourceHashes {
    /// What tells that a file is still the same without reading it.
    struct Stamp: Hashable, Codable {
        var device: UInt64
        var inode: UInt64
        var size: Int
        /// Nanoseconds since 1970.
        var modified: Int64
        var changed: Int64

        init(of path: String) throws(BankError) {
            var status = stat()
            guard stat(path, &status) == 0 else { throw Disk.failure("look at", path) }
            device = UInt64(status.st_dev)
            inode = UInt64(status.st_ino)
            size = Int(status.st_size)
            modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
            changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        }
    }

    private struct Entry: Codable {
        var stamp: Stamp
        var sha256: Digest
    }

    private let path: String
    private var known: [Stamp: Digest] = [:]

    /// - Parameter ignoring: true for `--rehash`: nothing remembered is believed.
    init(_ bank: Bank, ignoring: Bool) throws(BankError) {
        path = bank.path + "/cache/source-hashes.jsonl"
        guard !ignoring, let text = try? Disk.text(of: path) else { return }
        for line in text.split(separator: "\n") {
            // A torn last line of a killed process is no harm: the file is hashed again.
            if let entry = try? CanonicalCoding.value(Entry.self, from: line) { known[entry.stamp] = entry.sha256 }
        }
    }

    func digest(of stamp: Stamp) -> Digest? { known[stamp] }

    /// Remembers what was hashed just now. A change within the last two seconds might not show in the stamps: not remembered.
    func remember(_ found: [(Stamp, Digest)]) throws(BankError) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let limit = (Int64(now.tv_sec) - 2) * 1_000_000_000
        let fresh = found.filter { known[$0.0] == nil && $0.0.changed < limit }
        guard !fresh.isEmpty else { return }
        let lines = (try? CanonicalCoding.lines(of: fresh.map { Entry(stamp: $0.0, sha256: $0.1) })) ?? ""
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("write", path) }
        defer { close(descriptor) }
        let bytes = Array(("\n" + lines).utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw Disk.failure("write", path) }
    }
}
