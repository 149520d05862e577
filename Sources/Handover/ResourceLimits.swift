internal import CProcess
internal import Glibc
internal import SpaceTime

/// What a reader process does to itself before it looks at a file.
enum ResourceLimits {
    /// No more rights, memory, files and processor time than `limits` say, and no core files.
    static func apply(_ limits: ReaderLimits, scratch: String) throws(ReaderError) {
        guard cprocess_no_new_privileges() == 0 else { throw .systemFault("prctl(PR_SET_NO_NEW_PRIVS)") }
        try set(cprocess_core, 0, "RLIMIT_CORE")
        try set(cprocess_data, limits.memory, "RLIMIT_DATA")
        try set(cprocess_files, limits.openFiles, "RLIMIT_NOFILE")
        try set(cprocess_file_size, scratchLimit(limits, scratch), "RLIMIT_FSIZE")
        allowProcessorTime(UInt64(limits.processorSeconds))
        // A hint: the frames are waited for by threads that have more to do than this process.
        _ = cprocess_yield_when_woken(1)
    }

    /// Allows some seconds of processor time from now on.
    static func allowProcessorTime(_ seconds: UInt64) {
        // Soft only, so that it can be raised for the next delivery; a reader that hangs does not raise it.
        _ = cprocess_set_limit(cprocess_cpu, cprocess_cpu_seconds() &+ seconds, 0)
    }

    private static func set(_ limit: cprocess_limit, _ value: Int, _ name: String) throws(ReaderError) {
        guard cprocess_set_limit(limit, UInt64(value), 1) == 0 else { throw .systemFault("setrlimit(\(name))") }
    }

    private static func scratchLimit(_ limits: ReaderLimits, _ scratch: String) -> Int {
        var status = statvfs()
        guard statvfs(scratch, &status) == 0 else { return limits.scratchFile }
        let free = Double(status.f_bavail) * Double(status.f_frsize)
        return min(limits.scratchFile, Int(free * 0.9))
    }
}
