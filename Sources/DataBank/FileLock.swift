internal import Glibc

/// A lock between processes on a file; the system releases it when its holder ends, however it ends.
package final class FileLock {
    private let descriptor: Int32

    /// Waits for the lock.
    package convenience init(waitingFor path: String) throws(BankError) {
        try self.init(path, wait: true)
    }

    /// Takes the lock or throws `.busy` at once.
    package convenience init(tryingFor path: String) throws(BankError) {
        try self.init(path, wait: false)
    }

    private init(_ path: String, wait: Bool) throws(BankError) {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw Disk.failure("open the lock", path) }
            let status = FileLock.lock(descriptor, wait: wait)
            if status == 0, FileLock.isStillThere(descriptor, path) {
                self.descriptor = descriptor
                return
            }
            close(descriptor)
            if status == EWOULDBLOCK {
                throw BankError(.busy, "another process holds it; try again when it is done", path: path)
            }
            if status != 0 { throw Disk.failure("lock", path, number: status) }
        }
    }

    /// Zero, or the `errno` of what went wrong.
    private static func lock(_ descriptor: Int32, wait: Bool) -> Int32 {
        while flock(descriptor, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }

    /// Whoever held the lock before may have removed its file: then this lock locks nothing.
    private static func isStillThere(_ descriptor: Int32, _ path: String) -> Bool {
        var held = stat()
        var named = stat()
        return fstat(descriptor, &held) == 0 && stat(path, &named) == 0 && held.st_ino == named.st_ino
    }

    deinit { close(descriptor) }
}
