internal import FoundationEssentials
internal import Glibc
package import SpaceTime

/// Where the reader process's program lies.
package enum ReaderExecutable {
    /// `$STBANK_READ` where it is set, else `stbank-read` beside the running program.
    ///
    /// - Throws: `ReaderError` `.system` where there is no such program.
    package static func path(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(ReaderError)
        -> String
    {
        if let named = environment["STBANK_READ"], !named.isEmpty {
            return try checked(named, "$STBANK_READ names a file that cannot be started")
        }
        let remedy = "stbank-read, which reads foreign files, is missing; put it beside stbank or set STBANK_READ"
        return try checked(folder() + "/stbank-read", remedy)
    }

    /// The folder of the running program.
    package static func folder() -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX))
        let count = readlink("/proc/self/exe", &path, path.count)
        let bytes = path.prefix(max(0, count)).map { UInt8(bitPattern: $0) }
        guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return String(decoding: bytes[..<slash], as: UTF8.self)
    }

    private static func checked(_ path: String, _ fault: String) throws(ReaderError) -> String {
        guard access(path, X_OK) == 0 else { throw ReaderError(.system, fault, path: path) }
        return path
    }
}
