internal import Glibc

/// How far a long work is, with rate and time left: a bar on a terminal, a line every few seconds elsewhere.
package final class ProgressBar {
    private let title: String
    private let unit: String?
    private let first: Int
    private let isShown: Bool
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let start = ProgressBar.now
    private var lastShown: Double
    private var isOpen = false

    /// - Parameters:
    ///   - unit: what is counted; bytes where nil.
    ///   - first: done before the work began.
    package init(_ title: String, console: Console, unit: String? = nil, done first: Int = 0) {
        self.title = title
        self.unit = unit
        self.first = first
        isShown = !console.quiet
        lastShown = start
    }

    deinit { finish() }

    /// - Parameters: done and in all.
    package func show(_ done: Int, of total: Int) {
        let time = ProgressBar.now
        guard isShown, time - lastShown >= (isTerminal ? 0.1 : 5) || (done == total && isTerminal) else { return }
        lastShown = time
        let rate = Double(done - first) / max(1e-6, time - start)
        let share = total > 0 ? Double(done) / Double(total) : 1
        let left = rate > 0 ? Int(Double(total - done) / rate) : 0
        let figures =
            "\(Int(share * 100)) %  \(amount(done)) of \(amount(total))\(unit.map { " \($0)" } ?? "")  \(speed(rate))"
        let rest = done < total ? "  \(left) s left" : ""
        if isTerminal {
            let filled = Int(share * 24)
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
            Console.write("\r\u{1B}[K\(title) \(bar) \(figures)\(rest)", to: STDERR_FILENO)
            isOpen = true
        } else {
            Console.write("stbank: \(title) \(figures)\(rest)\n", to: STDERR_FILENO)
        }
    }

    private func amount(_ count: Int) -> String { unit == nil ? Amount.bytes(count) : String(count) }

    private func speed(_ rate: Double) -> String {
        unit == nil ? "\(Amount.bytes(Int(rate)))/s" : "\(Amount.number(rate))/s"
    }

    /// Ends the line of a bar.
    package func finish() {
        if isOpen { Console.write("\r\u{1B}[K", to: STDERR_FILENO) }
        isOpen = false
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
