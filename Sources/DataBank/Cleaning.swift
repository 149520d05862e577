internal import Glibc
internal import SpaceTime

/// Removes names, and what nothing needs any more.
package struct Cleaning {
    let bank: Bank

    package init(_ bank: Bank) { self.bank = bank }

    /// What `collect` removed.
    package struct Result: Hashable, Sendable, Codable {
        package var manifests: [String] = []
        package var objects = 0
        package var builds = 0
        package var bytes = 0
    }

    /// Takes a name away from a data set; its bytes stay until `collect`.
    ///
    /// - Throws: `.usage` while a data set made from it, or a run, needs it.
    package func remove(_ ref: DatasetRef) throws {
        let lock = try bank.changing()
        let others = try bank.refs().filter { $0.digest == ref.digest && $0 != ref }
        if others.isEmpty {
            let children = try bank.refs().filter { other in
                guard other != ref, Disk.exists(bank.manifest(other.digest)) else { return false }
                return try Dataset.identity(other.digest, in: bank).parents.contains(ref.digest)
            }
            if let child = children.first {
                throw BankError(.usage, "\(child.id) was made from \(ref.id) and needs it; remove that first")
            }
            if try runDigests().contains(ref.digest) {
                throw BankError(.usage, "a run in \(bank.path)/runs used \(ref.id); remove the run first")
            }
        }
        try Disk.remove(bank.ref(ref.name, ref.version))
        try Disk.syncFolder(bank.refFolder(ref.name))
        withExtendedLifetime(lock) {}
    }

    /// Removes a run; its weights stay in `objects/` until `collect`.
    ///
    /// - Throws: `.busy` while it is trained.
    package func remove(run id: String) throws {
        let record = try RunRecord.find(id, in: bank)
        let folder = "\(bank.path)/runs/\(record.id)"
        let lock: FileLock
        do throws(BankError) {
            lock = try FileLock(tryingFor: folder + "/lock")
        } catch {
            guard error.code == .busy else { throw error }
            throw BankError(.busy, "another process is at the run \(id); wait for it or end it", path: folder)
        }
        try Disk.removeTree(folder)
        withExtendedLifetime(lock) {}
    }

    /// Removes manifests that no ref, child or run needs, objects that no manifest needs, and abandoned builds.
    ///
    /// - Throws: `.damaged` where a ref or a manifest cannot be read: what it needs cannot be told then.
    package func collect() throws -> Result {
        let lock = try bank.changing()
        var result = Result()
        let needed = try neededManifests()
        var objects: Set<Digest> = []
        for name in try Disk.names(in: bank.path + "/manifests") {
            guard let digest = Digest(name) else { continue }
            if needed.contains(digest) {
                objects.formUnion(try Dataset(digest, in: bank).record.objects.map(\.sha256))
            } else {
                try Disk.removeTree(bank.manifest(digest))
                result.manifests.append(name)
            }
        }
        try collectBuilds(&result)
        try collectObjects(keeping: objects.union(try Staging.filesInUse(in: bank) + runDigests()), &result)
        try collectTornWrites()
        withExtendedLifetime(lock) {}
        return result
    }

    private func neededManifests() throws -> Set<Digest> {
        var needed: Set<Digest> = []
        var waiting = try bank.soundRefs().map(\.digest) + runDigests()
        while let digest = waiting.popLast() {
            guard Disk.exists(bank.manifest(digest)), needed.insert(digest).inserted else { continue }
            waiting += try Dataset.identity(digest, in: bank).parents
        }
        return needed
    }

    /// The data sets and weights that runs name in their records.
    private func runDigests() throws -> [Digest] {
        try Disk.names(in: bank.path + "/runs").flatMap { run in
            let text = try Disk.text(of: "\(bank.path)/runs/\(run)/run.json") ?? ""
            return text.split { !$0.isHexDigit }.compactMap { Digest(String($0)) }
        }
    }

    private func collectObjects(keeping needed: Set<Digest>, _ result: inout Result) throws {
        for name in try Disk.names(in: bank.path + "/objects") {
            guard let digest = Digest(name), !needed.contains(digest) else { continue }
            for file in try Disk.names(in: bank.object(digest)) {
                result.bytes += try Disk.size(of: "\(bank.object(digest))/\(file)")
            }
            try Disk.removeTree(bank.object(digest))
            result.objects += 1
        }
    }

    /// Temporary files of processes that were killed before their rename. All such writes are done under the same lock.
    private func collectTornWrites() throws {
        for name in try Disk.names(in: bank.path + "/staging") where name.hasPrefix("object-") {
            try Disk.remove("\(bank.path)/staging/\(name)")
        }
        let folders = try Disk.names(in: bank.path + "/refs").map { "refs/\($0)" } + ["builds"]
        for folder in folders {
            for name in try Disk.names(in: "\(bank.path)/\(folder)") where name.hasSuffix(".tmp") {
                try Disk.remove("\(bank.path)/\(folder)/\(name)")
            }
        }
    }

    /// Staging folders that no process holds, and answers that point to nothing.
    private func collectBuilds(_ result: inout Result) throws {
        let staging = bank.path + "/staging"
        for name in try Disk.names(in: staging) where name.hasSuffix(".lock") {
            guard let lock = try? FileLock(tryingFor: "\(staging)/\(name)") else { continue }
            try Disk.removeTree("\(staging)/\(name.dropLast(5))")
            try Disk.remove("\(staging)/\(name)")
            result.builds += 1
            withExtendedLifetime(lock) {}
        }
        for name in try Disk.names(in: bank.path + "/builds") {
            let path = "\(bank.path)/builds/\(name)"
            let text = try Disk.text(of: path) ?? ""
            guard let digest = Digest(String(text.dropLast())), Disk.exists(bank.manifest(digest)) else {
                try Disk.remove(path)
                continue
            }
        }
    }
}
