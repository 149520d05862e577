internal import Glibc
internal import SpaceTime

/// A folder of data sets, each immutable once published. A value: all state is on disk, and readers take no lock.
public struct Bank: Sendable {
    /// The newest format of `bank.json` that this code knows.
    static let currentVersion = 1

    /// Absolute.
    package let path: String

    private struct Header: Codable {
        var format: String
        var version: Int
        var uuid: String
    }

    /// Opens a bank, or makes one when `creating`.
    ///
    /// - Throws: `BankError` `.notFound` where there is none, `.usage` where it was made by a newer stbank.
    public init(at path: String, creating: Bool = false) throws(BankError) {
        self.path = Bank.absolute(path)
        guard let text = try Disk.text(of: self.path + "/bank.json", limit: 1 << 16) else {
            guard creating else {
                throw BankError(
                    .notFound, "there is no bank here; `stbank ingest` makes one, `--bank` names another",
                    path: self.path)
            }
            try create()
            return
        }
        guard let header = try? CanonicalCoding.value(Header.self, from: text), header.format == "stbank" else {
            throw BankError(.damaged, "is not the description of a bank", path: self.path + "/bank.json")
        }
        guard header.version <= Bank.currentVersion else {
            throw BankError(
                .usage,
                "the bank has format \(header.version), this stbank knows up to \(Bank.currentVersion); update it",
                path: self.path)
        }
    }

    private func create() throws(BankError) {
        let found = try Disk.names(in: path)
        guard found.allSatisfy({ Bank.folders.contains($0) || $0.hasSuffix(".tmp") }) else {
            throw BankError(.usage, "the folder holds other things; name an empty or a new one", path: path)
        }
        try Disk.makeFolders(path)
        for folder in Bank.folders { try Disk.makeFolder(path + "/" + folder) }
        let header = Header(format: "stbank", version: Bank.currentVersion, uuid: Bank.newUUID())
        do {
            try Disk.writeWhole(try CanonicalCoding.text(of: header) + "\n", to: path + "/bank.json")
        } catch let error as BankError {
            throw error
        } catch {
            throw BankError(.system, "cannot write the description: \(error)", path: path)
        }
    }

    private static let folders = ["refs", "manifests", "objects", "builds", "staging", "runs", "cache"]

    private static func newUUID() -> String {
        var generator = SystemRandomNumberGenerator()
        let bytes = (0..<16).map {
            UInt8(truncatingIfNeeded: $0 == 6 ? 0x40 | (generator.next() & 15) : generator.next())
        }
        let digits = Digest(bytes: bytes + bytes).description.prefix(32)
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { range in
            String(Array(digits)[range])
        }.joined(separator: "-")
    }

    private static func absolute(_ path: String) -> String {
        if path.hasPrefix("/") { return path }
        guard let current = getcwd(nil, 0) else { return path }
        defer { free(current) }
        return String(cString: current) + "/" + path
    }

    // MARK: Places

    func manifest(_ digest: Digest) -> String { "\(path)/manifests/\(digest)" }
    func object(_ digest: Digest) -> String { "\(path)/objects/\(digest)" }
    func refFolder(_ name: DatasetName) -> String { "\(path)/refs/\(name)" }
    func ref(_ name: DatasetName, _ version: DatasetVersion) -> String { "\(refFolder(name))/\(version)" }
    func build(_ key: Digest) -> String { "\(path)/builds/\(key)" }

    /// Whether some data set was made from raw files of so many bytes in all: then hashing first may save a build.
    func mayHold(sourcesOf byteCount: Int) throws(BankError) -> Bool {
        guard byteCount > 0 else { return false }
        for name in try Disk.names(in: path + "/manifests") {
            guard let digest = Digest(name), let dataset = try? Dataset(digest, in: self) else { continue }
            if dataset.record.sources.reduce(0, { $0 + $1.size }) == byteCount { return true }
        }
        return false
    }

    /// Held while refs, manifests and objects are changed together.
    func changing() throws(BankError) -> FileLock { try FileLock(waitingFor: path + "/cache/lock") }
}
