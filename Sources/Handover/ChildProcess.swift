internal import CProcess
internal import Glibc
internal import SpaceTime

/// A started program, ended and reaped at the latest when this goes. Used by one thread at a time.
final class ChildProcess {
    /// How a program came to its end.
    enum Ending: Equatable {
        case exited(code: Int32)
        case signalled(Int32)
    }

    private let processID: pid_t
    private(set) var ending: Ending?
    /// Whether we ended it.
    private(set) var wasKilled = false

    /// Starts a program with some of our descriptors under given numbers, and no others; its standard input is empty
    /// unless given. It has its own process group, so that Ctrl-C reaches us alone.
    init(_ executable: String, _ arguments: [String], descriptors: [(ours: Int32, theirs: Int32)]) throws(ReaderError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if !descriptors.contains(where: { $0.theirs == 0 }) {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        for (ours, theirs) in descriptors { posix_spawn_file_actions_adddup2(&actions, ours, theirs) }
        cprocess_close_from(&actions, (descriptors.map(\.theirs).max() ?? 2) + 1)
        processID = try Self.spawn(executable, arguments, &actions)
    }

    deinit {
        kill()
        wait()
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws(ReaderError) -> pid_t {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(flags))
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var variables: [UnsafeMutablePointer<CChar>?] = environment().map { strdup($0) } + [nil]
        defer { for text in words + variables { free(text) } }
        var child = pid_t()
        let code = posix_spawn(&child, executable, &actions, &attributes, &words, &variables)
        guard code == 0 else { throw .systemFault("starting the reader process", code, path: executable) }
        return child
    }

    /// Ours; without a back trace of the runtime, which is slow and for nobody, and with few memory arenas.
    private static func environment() -> [String] {
        let own = ["SWIFT_BACKTRACE=enable=no", "MALLOC_ARENA_MAX=4"]
        let names = own.map { $0.prefix { $0 != "=" } + "=" }
        var result: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let variable = String(cString: text)
            if !names.contains(where: { variable.hasPrefix($0) }) { result.append(variable) }
            entry += 1
        }
        return result + own
    }

    func kill() {
        guard ending == nil else { return }
        wasKilled = true
        Glibc.kill(processID, SIGKILL)
    }

    /// Waits for the end, which must be near.
    @discardableResult
    func wait() -> Ending {
        if let ending { return ending }
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
        return note(status)
    }

    /// Waits for the end of a program that has stopped talking, and helps it along after some time.
    func wait(patience seconds: Double) -> Ending {
        let clock = ContinuousClock()
        let limit = clock.now + .seconds(seconds)
        while ending == nil, clock.now < limit {
            var status: Int32 = 0
            let result = waitpid(processID, &status, WNOHANG)
            if result == processID { return note(status) }
            if result < 0, errno != EINTR { break }
            usleep(2000)
        }
        kill()
        return wait()
    }

    private func note(_ status: Int32) -> Ending {
        let ending: Ending =
            cprocess_was_signalled(status) != 0
            ? .signalled(cprocess_signal(status)) : .exited(code: cprocess_exit_code(status))
        self.ending = ending
        return ending
    }
}
