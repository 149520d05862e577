internal import FoundationEssentials
internal import Glibc
package import SpaceTime

/// A small task given to `stbank-read`: bytes in, bytes out, and an end. For recipes, pictures and the list of formats.
package final class ReaderTask {
    private static let largestOutput = 64 << 20

    private let process: ChildProcess
    private let socket: Descriptor
    private let spoken: SpokenText
    private let stall: Double
    private var output: [UInt8] = []
    /// Whether the task has closed its side.
    private var isOver = false

    /// Starts the task.
    ///
    /// - Parameters:
    ///   - arguments: the task's name: `formats`, `recipe` or `draw`.
    ///   - stall: seconds of silence after which it is ended.
    ///   - report: takes lines that it writes to its standard error.
    package init(
        executable: String, _ arguments: [String], stall: Double = 120, report: @escaping (String) -> Void = { _ in }
    ) throws(ReaderError) {
        let pair = try DescriptorPair.socket()
        let text = try DescriptorPair.pipe()
        process = try ChildProcess(
            executable, arguments,
            descriptors: [(pair.theirs.number, 0), (pair.theirs.number, 1), (text.theirs.number, 2)])
        socket = pair.keepingOurs()
        spoken = SpokenText(text.keepingOurs(), report: report)
        self.stall = stall
    }

    /// Hands bytes to the task. A task that no longer listens is no fault yet: `finish` says why.
    package func write(_ bytes: UnsafeRawBufferPointer) throws(ReaderError) {
        var sent = 0
        while sent < bytes.count, !isOver {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[sent...])
            let count = send(socket.number, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            if count > 0 {
                sent += count
            } else if count < 0, errno == EAGAIN {
                try wait(toWrite: true)
            } else if count < 0, errno != EINTR {
                return
            }
        }
    }

    /// Says that all has been handed over, and waits for the end.
    ///
    /// - Returns: what the task wrote to its standard output.
    /// - Throws: the task's own `ReaderError`, or how it failed.
    package func finish() throws(ReaderError) -> [UInt8] {
        shutdown(socket.number, Int32(SHUT_WR))
        while !isOver { try wait(toWrite: false) }
        let ending = process.wait(patience: 5)
        spoken.drain()
        switch ending {
        case .exited(code: 0): return output
        case .exited(let code):
            if let error = try? JSONDecoder().decode(ReaderError.self, from: Data(output)) { throw error }
            throw ReaderError(.system, "stbank-read ended with code \(code)\(spoken.lastWords)")
        case .signalled where process.wasKilled: throw ReaderError(.system, "stbank-read did not come to an end")
        case .signalled(let signal):
            throw ChildDeath(signal: signal, memory: TaskLimits.memory, lastFile: nil, said: spoken.last).error
        }
    }

    /// One task from beginning to end.
    package static func run(
        executable: String, _ arguments: [String], input: [UInt8] = [], stall: Double = 120
    ) throws -> [UInt8] {
        let task = try ReaderTask(executable: executable, arguments, stall: stall)
        try input.withUnsafeBytes { try task.write($0) }
        return try task.finish()
    }

    /// Waits until there is something to read or room to write; takes what there is.
    private func wait(toWrite: Bool) throws(ReaderError) {
        var entries = [
            pollfd(fd: socket.number, events: Int16(toWrite ? POLLIN | POLLOUT : POLLIN), revents: 0),
            pollfd(fd: spoken.number, events: Int16(POLLIN), revents: 0),
        ]
        let count = poll(&entries, 2, Int32(max(1, min(stall, 86_400) * 1000)))
        if count == 0 {
            process.kill()
            throw ReaderError(
                .system, "stbank-read gave no sign of work for \(Int(stall.rounded(.up))) seconds and was ended")
        }
        guard count > 0 else { return }
        if entries[1].revents != 0 { spoken.drain() }
        if Int32(entries[0].revents) & (POLLIN | POLLHUP | POLLERR) != 0 { try take() }
    }

    private func take() throws(ReaderError) {
        var result = 0
        let part = [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, filled in
            result = recv(socket.number, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
            filled = max(0, result)
        }
        output += part
        if result == 0 || (result < 0 && errno != EAGAIN && errno != EINTR) { isOver = true }
        guard output.count <= Self.largestOutput else {
            process.kill()
            throw ReaderError(
                .damaged, "stbank-read answered with more than \(Self.largestOutput >> 20) MiB and was ended")
        }
    }
}
