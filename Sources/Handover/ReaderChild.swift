internal import Glibc
internal import SpaceTime

/// The reader process as its parent sees it: what it says, what it was doing, and how it ended.
final class ReaderChild {
    let channel: MessageChannel
    let limits: ReaderLimits
    /// The file that the process said it opens last.
    private(set) var lastFile: String?
    private let process: ChildProcess
    private let spoken: SpokenText
    private var hasEnded = false

    init(_ executable: String, frames: borrowing Descriptor, limits: ReaderLimits, report: @escaping (String) -> Void)
        throws(ReaderError)
    {
        let socket = try DescriptorPair.socket()
        let text = try DescriptorPair.pipe()
        process = try ChildProcess(
            executable, ["serve"],
            descriptors: [
                (text.theirs.number, 1), (text.theirs.number, 2), (socket.theirs.number, Descriptor.messages),
                (frames.number, Descriptor.frames),
            ])
        channel = MessageChannel(socket.keepingOurs())
        spoken = SpokenText(text.keepingOurs(), report: report)
        self.limits = limits
        channel.limitSending(to: Int(max(1, min(limits.stall, 86_400))))
    }

    /// The next message that matters. `mayWait` says that we may be what the process waits for.
    func next(mayWait: () -> Bool) throws -> Message {
        guard !hasEnded else { throw ReaderError(.system, "the reader process has ended; start another one") }
        while true {
            guard let message = try channel.receive(waiting: { try wait(mayWait) }) else { throw ended() }
            switch message.kind {
            case .alive: continue
            case .opened:
                var reader = PayloadReader(message)
                lastFile = reader.text()
            default: return message
            }
        }
    }

    /// Ends the process, whatever it does, and lets go of it. What it said last is still passed on.
    func end() {
        guard !hasEnded else { return }
        hasEnded = true
        process.kill()
        process.wait()
        channel.shutDown()
        spoken.drain()
    }

    /// Returns when there is something to read, or throws when nothing has come for too long.
    private func wait(_ mayWait: () -> Bool) throws {
        let clock = ContinuousClock()
        var since = clock.now
        while true {
            let left = .seconds(limits.stall) - (clock.now - since)
            let milliseconds = Int32(max(1, min(60_000, left / .milliseconds(1))))
            var entries = [
                pollfd(fd: channel.number, events: Int16(POLLIN), revents: 0),
                pollfd(fd: spoken.number, events: Int16(POLLIN), revents: 0),
            ]
            let count = poll(&entries, 2, milliseconds)
            if count > 0, entries[1].revents != 0 { spoken.drain() }
            if count > 0, entries[0].revents != 0 { return }
            if mayWait() { since = clock.now }
            guard clock.now - since < .seconds(limits.stall) else { throw stalled() }
        }
    }

    private func stalled() -> ReaderError {
        end()
        return ReaderError(
            .damaged,
            "the reader process gave no sign of work for \(Int(limits.stall.rounded(.up))) seconds\(place) and was ended; "
                + "the file is damaged or hostile, or the disk does not answer",
            path: lastFile)
    }

    /// Why there are no more messages.
    private func ended() -> ReaderError {
        let ending = process.wait(patience: 2)
        let wasKilled = process.wasKilled
        end()
        switch ending {
        case .signalled(let signal) where !wasKilled:
            return ChildDeath(signal: signal, memory: limits.memory, lastFile: lastFile, said: spoken.last).error
        case .exited(let code) where !wasKilled:
            return ReaderError(
                .damaged, "the reader process ended (exit code \(code)) without a word\(place)\(lastWords)",
                path: lastFile)
        default: return ReaderError(.damaged, "the reader process stopped talking\(place)\(lastWords)", path: lastFile)
        }
    }

    private var place: String { lastFile.map { " while reading \($0)" } ?? "" }
    private var lastWords: String { spoken.lastWords }
}
