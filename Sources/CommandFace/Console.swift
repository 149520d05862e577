internal import DataBank
internal import FoundationEssentials
internal import Glibc
package import SpaceTime

/// Where a verb speaks: results on standard output, everything else on standard error.
package struct Console {
    package var json: Bool
    package var quiet: Bool

    /// Lines for people; nothing with `--json`.
    package func say(_ text: String) {
        guard !json else { return }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { Console.printable(String($0)) }
        Console.write(lines.joined(separator: "\n") + "\n", to: STDOUT_FILENO)
    }

    /// A result for programs; nothing without `--json`.
    package func emit(_ value: JSONValue) {
        if json { Console.write(value.canonicalText + "\n", to: STDOUT_FILENO) }
    }

    package func emit(_ value: some Encodable) throws {
        if json { Console.write(try CanonicalCoding.text(of: value) + "\n", to: STDOUT_FILENO) }
    }

    /// A line beside the result.
    package func note(_ text: String) {
        if !quiet { Console.write("stbank: \(Console.printable(text))\n", to: STDERR_FILENO) }
    }

    package func warn(_ text: String) {
        Console.write("stbank: warning: \(Console.printable(text))\n", to: STDERR_FILENO)
    }

    package static func write(_ text: String, to descriptor: Int32) {
        // Where whoever listened has gone, there is nobody to tell.
        var text = text
        text.withUTF8 { try? writeAll(UnsafeRawBufferPointer($0), to: descriptor) }
    }

    /// - Throws: `.system` where not all of it could be written.
    package static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Disk.failure("write", "standard output") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Text that came from files, made safe for a terminal.
    package static func printable(_ text: String) -> String {
        let isControl = { (scalar: Unicode.Scalar) in scalar.value < 0x20 || (0x7f..<0xa0).contains(scalar.value) }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { isControl($0) ? "\u{FFFD}" : $0 }))
    }
}
