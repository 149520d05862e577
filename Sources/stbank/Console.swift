import DataBank
import FoundationEssentials
import Glibc
import SpaceTime

/// Where a verb speaks: results on standard output, everything else on standard error.
struct Console {
    var json: Bool
    var quiet: Bool

    /// A line for people; nothing with `--json`.
    func say(_ text: String) {
        if !json { Console.write(text + "\n", to: stdout) }
    }

    /// A result for programs; nothing without `--json`.
    func emit(_ value: JSONValue) {
        if json { Console.write(value.canonicalText + "\n", to: stdout) }
    }

    func emit(_ value: some Encodable) throws {
        if json { Console.write(try CanonicalCoding.text(of: value) + "\n", to: stdout) }
    }

    /// A line beside the result.
    func note(_ text: String) {
        if !quiet { Console.write("stbank: \(text)\n", to: stderr) }
    }

    func warn(_ text: String) { Console.write("stbank: warning: \(text)\n", to: stderr) }

    static func write(_ text: String, to stream: UnsafeMutablePointer<FILE>?) {
        guard let stream else { return }
        fputs(text, stream)
        fflush(stream)
    }

    /// Text that came from files, made safe for a terminal.
    static func printable(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7f ? "\u{FFFD}" : $0 }))
    }
}
