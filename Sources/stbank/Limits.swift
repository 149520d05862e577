import DataBank
import Dispatch
import Glibc
import SpaceTime

/// What the machine can do at best, measured.
enum Limits {
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// Writes as many bytes into one new file in steps of 8 MiB and waits until the disk has them.
    ///
    /// - Parameter pastCache: as ingestion writes; else as most programs do, through the page cache.
    static func secondsToWrite(_ byteCount: Int, in folder: String, pastCache: Bool) throws -> Double {
        let path = folder + "/limit"
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 8 << 20, alignment: 4096)
        buffer.initializeMemory(as: UInt8.self, repeating: 0x5a)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("write", path) }
        defer {
            buffer.deallocate()
            close(descriptor)
            unlink(path)
        }
        let start = now
        try Disk.allocate(byteCount, for: descriptor, path: path)
        let stream = SequentialWriter(descriptor, path: path, from: 0, pastCache: pastCache)
        for begin in stride(from: 0, to: byteCount, by: buffer.count) {
            try stream.append(UnsafeRawBufferPointer(rebasing: buffer[..<min(buffer.count, byteCount - begin)]))
        }
        try stream.flush()
        try Disk.sync(descriptor, path: path)
        return now - start
    }

    /// SHA-256 of as many bytes on all processors at once.
    static func secondsToHash(_ byteCount: Int, threads: Int) -> Double {
        let start = now
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let buffer = [UInt8](repeating: 0x5a, count: 1 << 20)
            let hash = SHA256()
            for _ in 0..<((byteCount / threads) >> 20) { buffer.withUnsafeBytes { hash.update($0) } }
            _ = hash.digest()
        }
        return now - start
    }

    /// What a shell command prints; it has to succeed.
    static func output(of command: String) throws -> String {
        guard let pipe = popen(command, "r") else { throw Disk.failure("start", command) }
        var text: [UInt8] = []
        var room = [UInt8](repeating: 0, count: 4096)
        while case let count = fread(&room, 1, room.count, pipe), count > 0 { text += room[0..<count] }
        guard pclose(pipe) == 0 else { throw BankError(.system, "`\(command)` failed") }
        return String(decoding: text, as: UTF8.self)
    }

    static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = now
        try body()
        return now - start
    }

    /// Runs a shell command; it has to succeed.
    static func seconds(of command: String) throws -> Double {
        let start = now
        let words: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sh"), strdup("-c"), strdup(command), nil]
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, "/bin/sh", nil, nil, words, environ)
        guard status == 0 else { throw BankError(.system, "cannot start `\(command)`") }
        var ending: Int32 = 0
        while waitpid(child, &ending, 0) < 0, errno == EINTR {}
        guard ending == 0 else { throw BankError(.system, "`\(command)` failed") }
        return now - start
    }
}
