internal import CProcess
internal import Glibc
internal import SpaceTime

/// A thread of the reader process that ends it when its parent goes, and tells the parent that work goes on.
///
/// PR_SET_PDEATHSIG is not used: it follows the thread that started the process, which may end long before the parent.
final class ParentWatch: Sendable {
    private let channel: MessageChannel
    private let interval: Int32

    /// - Parameter stall: seconds of silence after which the parent loses patience.
    init(_ channel: MessageChannel, stall: Double) {
        self.channel = channel
        interval = Int32(max(50, min(5000, stall * 1000 / 4)))
    }

    func start() throws(ReaderError) {
        var thread = pthread_t()
        let watch = Unmanaged.passRetained(self)
        let code = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ParentWatch>.fromOpaque(context).takeRetainedValue().run()
            }, watch.toOpaque())
        guard code == 0 else {
            watch.release()
            throw .systemFault("pthread_create", code)
        }
        pthread_detach(thread)
    }

    private func run() -> Never {
        var done = Self.workDone()
        while true {
            var entry = pollfd(fd: channel.number, events: 0, revents: 0)
            let count = poll(&entry, 1, interval)
            if count > 0 { _exit(0) }
            let now = Self.workDone()
            if now >= done &+ (1 << 16) {
                done = now
                channel.send(Message(.alive))
            }
        }
    }

    /// Bytes that this process has read from and written to files so far; 0 where the system does not count them.
    private static func workDone() -> UInt64 {
        let file = open("/proc/self/io", O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return 0 }
        defer { close(file) }
        let bytes = [UInt8](unsafeUninitializedCapacity: 1024) { buffer, filled in
            filled = max(0, read(file, buffer.baseAddress, 1024))
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        return lines.prefix(2).reduce(0) { total, line in
            total &+ (line.split(separator: " ").last.flatMap { UInt64($0) } ?? 0)
        }
    }
}
