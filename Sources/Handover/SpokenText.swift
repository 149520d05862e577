internal import Glibc

/// What a child writes to its standard error: lines of printable text, passed on up to a number, the last ones kept.
final class SpokenText {
    private static let largestLine = 1000
    private static let keptLines = 8

    private let descriptor: Descriptor
    private let report: (String) -> Void
    private var linesToReport = 200
    private var unfinished: [UInt8] = []
    private(set) var last: [String] = []
    private(set) var isOpen = true

    init(_ descriptor: consuming Descriptor, report: @escaping (String) -> Void) {
        self.descriptor = descriptor
        self.report = report
    }

    /// For the end of a message.
    var lastWords: String { ChildDeath.quoted(last) }

    /// For `poll`; -1, which `poll` skips, once all has been read.
    var number: Int32 { isOpen ? descriptor.number : -1 }

    /// Takes what is there, without waiting.
    func drain() {
        while isOpen {
            var result = 0
            let part = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
                result = read(descriptor.number, buffer.baseAddress, 4096)
                filled = max(0, result)
            }
            if result < 0, errno == EINTR { continue }
            if result < 0, errno == EAGAIN { return }
            for byte in part { take(byte) }
            if result <= 0 { isOpen = false }
        }
        finishLine()
    }

    private func take(_ byte: UInt8) {
        if byte == UInt8(ascii: "\n") {
            finishLine()
        } else if unfinished.count < Self.largestLine {
            unfinished.append(byte >= 0x20 && byte != 0x7F ? byte : UInt8(ascii: " "))
        }
    }

    /// Whether a line is of the trace that the runtime writes after "Fatal error: …": addresses are for nobody.
    private static func isStackTrace(_ line: String) -> Bool {
        line == "Current stack trace:" || line.contains(" 0x0000")
    }

    private func finishLine() {
        defer { unfinished = [] }
        let line = String(decoding: unfinished, as: UTF8.self)
        guard line.contains(where: { $0 != " " }), !Self.isStackTrace(line) else { return }
        last = (last + [line]).suffix(Self.keptLines)
        guard linesToReport >= 0 else { return }
        report(linesToReport > 0 ? line : "what the reader process says beyond this is left out")
        linesToReport -= 1
    }
}
