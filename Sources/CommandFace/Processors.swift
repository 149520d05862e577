internal import Glibc

/// How many processors this process may use: affinity, and the quota of its cgroup.
package enum Processors {
    package static let count: Int = {
        let affinity = Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        return max(1, min(affinity, quota ?? affinity))
    }()

    /// `cpu.max` of the cgroup, rounded up; nil where there is none.
    private static var quota: Int? {
        guard let file = fopen("/sys/fs/cgroup/cpu.max", "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return nil }
        let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let parts = text.split { $0 == " " || $0 == "\n" }
        guard parts.count == 2, let limit = Int(parts[0]), let period = Int(parts[1]), period > 0 else { return nil }
        return max(1, (limit + period - 1) / period)
    }
}
