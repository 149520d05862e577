internal import Glibc
internal import SpaceTime

/// The folder of a build under way: locked, with a journal of finished shards, never visible as a data set.
final class Staging {
    let path: String
    /// Shards finished by an earlier start, or by parts.
    private(set) var finished: [Int: ShardResult]
    private let bank: Bank
    private let key: Digest
    private let shards: Int
    private let lock: FileLock

    /// Waits while another process builds the same.
    ///
    /// - Parameter part: the share that is built; nil for the whole.
    init(
        _ bank: Bank, key: Digest, shards: Int, part: BuildPart? = nil, report: (IngestEvent) throws -> Void
    ) throws {
        self.bank = bank
        self.key = key
        self.shards = shards
        path = part.map { "\(Staging.prefix(bank, key))\($0.number)-of-\($0.count)" } ?? "\(bank.path)/staging/\(key)"
        lock = try Staging.lock(path + ".lock", report: report)
        try Disk.makeFolder(path)
        finished = try Staging.readJournal(path, shards: shards, bank: bank)
        try Staging.clean(path, keeping: Set(finished.values.flatMap(\.files).map(\.file.name)))
        if !finished.isEmpty {
            try report(.note("going on with an earlier start: \(finished.count) of \(shards) shards are finished"))
        }
    }

    private static func lock(_ path: String, report: (IngestEvent) throws -> Void) throws -> FileLock {
        do throws(BankError) {
            return try FileLock(tryingFor: path)
        } catch {
            guard error.code == .busy else { throw error }
            try report(.note("another process is building the same data set; waiting for it"))
            return try FileLock(waitingFor: path)
        }
    }

    /// A folder for the readers' scratch files.
    static func scratch(in bank: Bank) -> String { bank.path + "/staging" }

    /// Adds a finished shard to the journal.
    func note(_ result: ShardResult) throws {
        let path = self.path + "/journal.jsonl"
        let line = try CanonicalCoding.text(of: result)
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("write", path) }
        defer { close(descriptor) }
        let end = Int(lseek(descriptor, 0, SEEK_END))
        let bytes = Array("\(line)\t\(SHA256.digest(of: line))\n".utf8)
        try Disk.write(bytes, to: descriptor, at: end, path: path)
        try Disk.sync(descriptor, path: path)
        try Disk.syncFolder(self.path)
    }

    /// Removes the folder; what was published has been moved out of it.
    func discard() throws(BankError) {
        try Disk.removeTree(path)
        try Disk.remove(path + ".lock")
    }

    /// Removes what a build and its parts left that were killed when it had been published already. Left alone while a process
    /// holds it.
    static func discardAbandoned(_ bank: Bank, key: Digest) throws(BankError) {
        for path in ["\(bank.path)/staging/\(key)"] + (try parts(ofBuild: key, in: bank)) {
            guard Disk.exists(path) || Disk.exists(path + ".lock") else { continue }
            guard let lock = try? FileLock(tryingFor: path + ".lock") else { continue }
            try Disk.removeTree(path)
            try Disk.remove(path + ".lock")
            withExtendedLifetime(lock) {}
        }
    }

    // MARK: Parts

    private static func prefix(_ bank: Bank, _ key: Digest) -> String { "\(bank.path)/staging/\(key).part-" }

    /// The folders of a build's parts.
    private static func parts(ofBuild key: Digest, in bank: Bank) throws(BankError) -> [String] {
        let prefix = prefix(bank, key)
        return try Disk.names(in: bank.path + "/staging").map { "\(bank.path)/staging/\($0)" }
            .filter { $0.hasPrefix(prefix) && $0.hasSuffix(".lock") }.map { String($0.dropLast(5)) }
    }

    /// The shards of a build that lie finished in its folder or in that of a part, whoever holds them.
    static func finishedShards(ofBuild key: Digest, shards: Int, in bank: Bank) throws(BankError) -> Set<Int> {
        var finished: Set<Int> = []
        for path in ["\(bank.path)/staging/\(key)"] + (try parts(ofBuild: key, in: bank)) {
            finished.formUnion(try readJournal(path, shards: shards, bank: bank).keys)
        }
        return finished
    }

    /// Takes over what parts have finished and removes their folders; waits for those that are being made.
    ///
    /// A shard is in the journal before its file comes, so that a killed start finds it in one place or the other.
    func takeParts(_ report: (IngestEvent) throws -> Void) throws {
        for part in try Staging.parts(ofBuild: key, in: bank) {
            let lock = try Staging.lock(part + ".lock", report: report)
            let results = try Staging.readJournal(part, shards: shards, bank: bank)
            for (shard, result) in results.sorted(by: { $0.key < $1.key }) where finished[shard] == nil {
                try note(result)
                for file in result.files.map(\.file.name) where Disk.exists("\(part)/\(file)") {
                    try Disk.rename("\(part)/\(file)", to: "\(path)/\(file)")
                }
                finished[shard] = result
            }
            try Disk.syncFolder(path)
            try Disk.removeTree(part)
            try Disk.remove(part + ".lock")
            withExtendedLifetime(lock) {}
            let name = part.split(separator: ".").last ?? ""
            try report(.note("taken over: \(results.count) of \(shards) shards of \(name)"))
        }
    }

    /// The files that builds under way count on, also those that a killed start has moved to the objects already.
    static func filesInUse(in bank: Bank) throws(BankError) -> Set<Digest> {
        var files: Set<Digest> = []
        for name in try Disk.names(in: bank.path + "/staging") {
            for result in journal(of: "\(bank.path)/staging/\(name)") {
                files.formUnion(result.files.map(\.file.sha256))
            }
        }
        return files
    }

    /// The whole lines of a journal; a torn last line is dropped.
    private static func journal(of path: String) -> [ShardResult] {
        guard let text = try? Disk.text(of: path + "/journal.jsonl") else { return [] }
        return text.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\t")
            guard parts.count == 2, SHA256.digest(of: String(parts[0])).description == parts[1] else { return nil }
            return try? CanonicalCoding.value(ShardResult.self, from: parts[0])
        }
    }

    /// The finished shards whose files are there with the right size.
    private static func readJournal(_ path: String, shards: Int, bank: Bank) throws(BankError) -> [Int: ShardResult] {
        var results: [Int: ShardResult] = [:]
        for result in journal(of: path) {
            // A build killed while it published has moved some files to their objects already.
            let isThere = result.files.allSatisfy { result in
                let places = [path + "/" + result.file.name, "\(bank.object(result.file.sha256))/\(result.file.name)"]
                return places.contains { (try? Disk.size(of: $0)) == result.file.size }
            }
            if isThere, result.shard < shards { results[result.shard] = result }
        }
        return results
    }

    private static func clean(_ path: String, keeping names: Set<String>) throws(BankError) {
        for name in try Disk.names(in: path) where name != "journal.jsonl" && !names.contains(name) {
            try Disk.removeTree(path + "/" + name)
        }
    }
}
