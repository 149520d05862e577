import FoundationEssentials
import Glibc
import Handover
import SpaceTime

/// Runs `stbank-read` for one small task: text or pictures in, text out.
enum ReaderTool {
    /// - Parameter feed: writes what the task reads; the stream ends when it returns.
    /// - Returns: what the task printed.
    /// - Throws: `ReaderError` with what the task said where it failed.
    static func run(_ arguments: [String], feed: (_ descriptor: Int32) throws -> Void = { _ in }) throws -> String {
        var input: [Int32] = [0, 0]
        var output: [Int32] = [0, 0]
        guard pipe(&input) == 0, pipe(&output) == 0 else {
            throw ReaderError(.system, "no pipe: \(String(cString: strerror(errno)))")
        }
        for end in input + output { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let child = try start(arguments, input: input[0], output: output[1])
        close(input[0])
        close(output[1])
        defer { close(output[0]) }
        let fed = Result { try feed(input[1]) }
        close(input[1])
        let text = readAll(output[0])
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        if status != 0 {
            if let error = try? JSONDecoder().decode(ReaderError.self, from: Data(text.utf8)) { throw error }
            let how = status & 0x7f == 0 ? "exit code \(status >> 8 & 0xff)" : "signal \(status & 0x7f)"
            throw ReaderError(.system, "stbank-read \(arguments.joined(separator: " ")) ended with \(how)")
        }
        try fed.get()
        return text
    }

    private static func start(_ arguments: [String], input: Int32, output: Int32) throws -> pid_t {
        let path = try ReaderExecutable.path()
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        let words = ([path] + arguments).map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        var child: pid_t = 0
        let status = posix_spawn(&child, path, &actions, nil, words, environ)
        guard status == 0 else {
            throw ReaderError(.system, "cannot be started: \(String(cString: strerror(status)))", path: path)
        }
        return child
    }

    private static func readAll(_ descriptor: Int32) -> String {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(descriptor, &part, part.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0, bytes.count < 64 << 20 else { return String(decoding: bytes, as: UTF8.self) }
            bytes += part[..<count]
        }
    }
}
