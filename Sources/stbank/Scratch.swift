import DataBank
import Glibc
import SpaceTime

/// A folder for readers' scratch files; removed with all that is in it when this goes.
final class Scratch {
    let path: String
    /// Held while the folder is in use, so that others can tell it from one whose process was killed.
    private let lock: FileLock?

    /// - Parameter bank: the folder of the bank, on whose disk the scratch lies; the system's own place where nil.
    init(beside bank: String?) throws {
        guard let bank else {
            path = try Scratch.systemFolder()
            lock = nil
            return
        }
        let staging = bank + "/staging"
        Scratch.removeAbandoned(in: staging)
        let path = "\(staging)/scratch-\(String(UInt64.random(in: 0...UInt64.max), radix: 16))"
        lock = try FileLock(waitingFor: path + ".lock")
        try Disk.makeFolder(path)
        self.path = path
    }

    deinit {
        try? Disk.removeTree(path)
        if lock != nil { try? Disk.remove(path + ".lock") }
    }

    private static func systemFolder() throws -> String {
        var template = Array("/tmp/stbank-scratch-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            let reason = String(cString: strerror(errno))
            throw ReaderError(.system, "cannot make a scratch folder: \(reason)", path: "/tmp")
        }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Removes the scratch of processes that were killed. What belongs to another user is left to that user.
    private static func removeAbandoned(in staging: String) {
        let names = (try? Disk.names(in: staging)) ?? []
        for name in names where name.hasPrefix("scratch-") && name.hasSuffix(".lock") {
            guard let lock = try? FileLock(tryingFor: "\(staging)/\(name)") else { continue }
            try? Disk.removeTree("\(staging)/\(name.dropLast(".lock".count))")
            try? Disk.remove("\(staging)/\(name)")
            withExtendedLifetime(lock) {}
        }
    }

    /// A path that does not depend on the current folder.
    static func absolute(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
