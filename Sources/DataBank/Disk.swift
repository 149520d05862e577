internal import Glibc
internal import Synchronization

/// The calls through which the bank changes what lies on disk. Each one is a place where a test can stop the world.
///
/// `STBANK_FAULT=kill:N` ends the process at the N-th of these calls as `kill -9` would; `STBANK_FAULT=full:N` makes the
/// N-th and all later writes fail as on a full disk. Without the variable a call costs one atomic load.
package enum Disk {
    // MARK: Faults

    private enum Fault {
        case none
        case kill(at: Int)
        case full(from: Int)
    }

    private static let fault: Fault = {
        guard let value = getenv("STBANK_FAULT") else { return .none }
        let parts = String(cString: value).split(separator: ":")
        guard parts.count == 2, let number = Int(parts[1]) else { return .none }
        return parts[0] == "kill" ? .kill(at: number) : parts[0] == "full" ? .full(from: number) : .none
    }()

    private static let calls = Atomic<Int>(0)

    /// Counts one call; returns whether it has to fail as on a full disk.
    private static func pass(writes: Bool) -> Bool {
        switch fault {
        case .none: return false
        case .kill(let number):
            if calls.wrappingAdd(1, ordering: .relaxed).newValue == number { Glibc.kill(getpid(), SIGKILL) }
            return false
        case .full(let number):
            return calls.wrappingAdd(1, ordering: .relaxed).newValue >= number && writes
        }
    }

    /// The error that `errno` names.
    package static func failure(_ doing: String, _ path: String, number: Int32 = errno) -> BankError {
        let reason = String(cString: strerror(number))
        let advice =
            switch number {
            case ENOSPC, EDQUOT: " Free some space (`stbank gc` removes what nothing needs) and start again."
            case EACCES, EPERM, EROFS: " Check the folder's permissions."
            default: ""
            }
        return BankError(.system, "cannot \(doing): \(reason).\(advice)", path: path)
    }

    // MARK: Folders and names

    package static func makeFolder(_ path: String) throws(BankError) {
        if pass(writes: true) { throw failure("make the folder", path, number: ENOSPC) }
        if mkdir(path, 0o777) != 0, errno != EEXIST { throw failure("make the folder", path) }
    }

    package static func makeFolders(_ path: String) throws(BankError) {
        var prefix = ""
        for part in path.split(separator: "/") {
            prefix += path.hasPrefix("/") || !prefix.isEmpty ? "/\(part)" : String(part)
            if !exists(prefix) { try makeFolder(prefix) }
        }
    }

    package static func rename(_ old: String, to new: String) throws(BankError) {
        if pass(writes: true) { throw failure("rename to \(new)", old, number: ENOSPC) }
        if Glibc.rename(old, new) != 0 { throw failure("rename to \(new)", old) }
    }

    /// Makes the names in a folder durable.
    package static func syncFolder(_ path: String) throws(BankError) {
        if pass(writes: true) { throw failure("sync the folder", path, number: ENOSPC) }
        let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open the folder", path) }
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw failure("sync the folder", path) }
    }

    package static func remove(_ path: String) throws(BankError) {
        _ = pass(writes: false)
        if unlink(path) != 0, errno != ENOENT { throw failure("remove", path) }
    }

    /// Removes a folder with all that is in it. Links are removed, never followed.
    package static func removeTree(_ path: String) throws(BankError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return try remove(path) }
        for name in try names(in: path) { try removeTree(path + "/" + name) }
        _ = pass(writes: false)
        if rmdir(path) != 0, errno != ENOENT { throw failure("remove the folder", path) }
    }

    // MARK: Looking

    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The folder that a path names a place in.
    package static func folder(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }

    package static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a folder, sorted; nothing when there is no such folder.
    package static func names(in path: String) throws(BankError) -> [String] {
        guard let folder = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure("list", path)
        }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    package static func size(of path: String) throws(BankError) -> Int {
        var status = stat()
        guard stat(path, &status) == 0 else { throw failure("look at", path) }
        return Int(status.st_size)
    }

    /// Bytes that a user may still write on the disk of `path`.
    package static func freeSpace(at path: String) throws(BankError) -> Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { throw failure("look at the disk of", path) }
        return Int(status.f_bavail) * Int(status.f_frsize)
    }

    // MARK: Writing

    package static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, at offset: Int, path: String)
        throws(BankError)
    {
        if pass(writes: true) { throw failure("write", path, number: ENOSPC) }
        var done = 0
        while done < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
            let written = pwrite(descriptor, rest.baseAddress, rest.count, offset + done)
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw failure("write", path) }
            done += written
        }
    }

    package static func write(_ bytes: [UInt8], to descriptor: Int32, at offset: Int, path: String) throws(BankError) {
        let fault: BankError? = bytes.withUnsafeBytes { bytes in
            do throws(BankError) {
                try write(bytes, to: descriptor, at: offset, path: path)
                return nil
            } catch {
                return error
            }
        }
        if let fault { throw fault }
    }

    package static func sync(_ descriptor: Int32, path: String) throws(BankError) {
        if pass(writes: true) { throw failure("sync", path, number: ENOSPC) }
        if fdatasync(descriptor) != 0 { throw failure("sync", path) }
    }

    /// Makes a file durable that another library has written.
    package static func syncFile(_ path: String) throws(BankError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("open", path) }
        defer { close(descriptor) }
        try sync(descriptor, path: path)
    }

    /// Sets disk space aside, so that a full disk is found before hours of work.
    package static func allocate(_ byteCount: Int, for descriptor: Int32, path: String) throws(BankError) {
        if pass(writes: true) { throw failure("set \(byteCount) bytes aside", path, number: ENOSPC) }
        let status = posix_fallocate(descriptor, 0, byteCount)
        if status != 0, status != EOPNOTSUPP, status != EINVAL {
            throw failure("set \(byteCount) bytes aside", path, number: status)
        }
    }

    /// Writes a small file so that it is there whole or not at all, also after a crash.
    package static func writeWhole(_ text: String, to path: String) throws(BankError) {
        let folder = folder(of: path)
        let temporary = "\(path).\(getpid()).tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw failure("write", temporary) }
        do throws(BankError) {
            defer { close(descriptor) }
            try write(Array(text.utf8), to: descriptor, at: 0, path: temporary)
            try sync(descriptor, path: temporary)
            try rename(temporary, to: path)
        } catch {
            unlink(temporary)
            throw error
        }
        try syncFolder(folder.isEmpty ? "." : folder)
    }

    /// The text of a small file; nil when there is none.
    package static func text(of path: String, limit: Int = 1 << 31) throws(BankError) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("open", path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure("look at", path) }
        guard status.st_mode & S_IFMT == S_IFREG, Int(status.st_size) <= limit else {
            throw BankError(.damaged, "is no ordinary file of sensible size", path: path)
        }
        var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
        var done = 0
        while done < bytes.count {
            let got = bytes[done...].withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, done) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else { throw failure("read", path) }
            done += got
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw BankError(.damaged, "is not UTF-8 text", path: path)
        }
        return text
    }
}
