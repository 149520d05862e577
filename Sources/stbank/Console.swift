import DataBank
import FoundationEssentials
import Glibc
import SpaceTime

/// Where a verb speaks: results on standard output, everything else on standard error.
struct Console {
    var json: Bool
    var quiet: Bool

    /// Lines for people; nothing with `--json`.
    func say(_ text: String) {
        guard !json else { return }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Console.printable(String($0)) }
        Console.write(lines.joined(separator: "\n") + "\n", to: STDOUT_FILENO)
    }

    /// A result for programs; nothing without `--json`.
    func emit(_ value: JSONValue) {
        if json { Console.write(value.canonicalText + "\n", to: STDOUT_FILENO) }
    }

    func emit(_ value: some Encodable) throws {
        if json { Console.write(try CanonicalCoding.text(of: value) + "\n", to: STDOUT_FILENO) }
    }

    /// A line beside the result.
    func note(_ text: String) {
        if !quiet { Console.write("stbank: \(Console.printable(text))\n", to: STDERR_FILENO) }
    }

    func warn(_ text: String) { Console.write("stbank: warning: \(Console.printable(text))\n", to: STDERR_FILENO) }

    static func write(_ text: String, to descriptor: Int32) {
        var rest = ArraySlice(text.utf8)
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            // Whoever listened has gone; there is nobody to tell.
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    /// Text that came from files, made safe for a terminal.
    static func printable(_ text: String) -> String {
        let isControl = { (scalar: Unicode.Scalar) in scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }
}
