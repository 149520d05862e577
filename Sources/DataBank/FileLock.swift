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
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("open the lock", path) }
        while flock(descriptor, wait ? LOCK_EX : LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            let number = errno
            close(descriptor)
            if number == EWOULDBLOCK { throw BankError(.busy, "another process holds it; try again when it is done", path: path) }
            throw Disk.failure("lock", path, number: number)
        }
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }
}
