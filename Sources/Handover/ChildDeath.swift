internal import Glibc
internal import SpaceTime

/// What to say of a child that a signal ended: what happened, where, and what that means.
struct ChildDeath {
    var signal: Int32
    /// The limit of memory in bytes.
    var memory: Int
    var lastFile: String?
    /// The last lines of its standard error.
    var said: [String]

    private static let crashes = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS]

    var error: ReaderError {
        let name = SignalName.of(signal)
        switch signal {
        case SIGXCPU: return damaged("the reader used up its processor time (\(name))")
        case SIGXFSZ: return damaged("the reader's scratch file became too large (\(name))", ", or the disk is full")
        case _ where Self.crashes.contains(signal) && ranOutOfMemory:
            return damaged("the reader needed more than \(memory >> 20) MiB of memory (\(name))")
        case _ where Self.crashes.contains(signal):
            return damaged("the reader was ended by \(name)", Self.quoted(said))
        default:
            let who = "(by a person, or by the system for want of memory)"
            return ReaderError(.system, "the reader was ended by \(name) from outside\(place) \(who)", path: lastFile)
        }
    }

    static func quoted(_ lines: [String]) -> String {
        lines.isEmpty ? "" : "; it said: \(lines.joined(separator: " | "))"
    }

    private func damaged(_ what: String, _ more: String = "") -> ReaderError {
        ReaderError(.damaged, "\(what)\(place); the file is damaged or hostile\(more)", path: lastFile)
    }

    private var place: String { lastFile.map { " while reading \($0)" } ?? "" }

    /// Whether the runtimes said so: Swift, C++, and libraries.
    private var ranOutOfMemory: Bool {
        let signs = [
            "failed to allocate", "Could not allocate", "bad_alloc", "out of memory", "Cannot allocate memory",
        ]
        return said.contains { line in signs.contains { line.contains($0) } }
    }
}

/// The names of signals.
enum SignalName {
    private static let names: [Int32: String] = [
        SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL", SIGTRAP: "SIGTRAP",
        SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGFPE: "SIGFPE", SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV",
        SIGPIPE: "SIGPIPE", SIGALRM: "SIGALRM", SIGTERM: "SIGTERM", SIGXCPU: "SIGXCPU", SIGXFSZ: "SIGXFSZ",
        SIGSYS: "SIGSYS",
    ]

    static func of(_ signal: Int32) -> String { names[signal] ?? "signal \(signal)" }
}
