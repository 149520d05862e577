internal import Glibc
internal import SpaceTime
internal import Synchronization

/// One end of the stream of messages. Any thread may send; one at a time receives.
final class MessageChannel: Sendable {
    private let descriptor: Descriptor
    private let sending = Mutex(())

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    var number: Int32 { descriptor.number }

    /// Sends no longer than `seconds` at a time, so that a process that does not listen holds nobody up for ever.
    func limitSending(to seconds: Int) {
        var time = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    /// Ends the conversation; the descriptor stays until the last user of the channel goes.
    func shutDown() { shutdown(number, Int32(SHUT_RDWR)) }

    /// Sends a message as a whole.
    ///
    /// - Returns: whether the other side still listens.
    @discardableResult
    func send(_ message: Message) -> Bool {
        let bytes = message.bytes
        return sending.withLock { _ in
            bytes.withUnsafeBytes { buffer in
                var sent = 0
                while sent < buffer.count {
                    let part = UnsafeRawBufferPointer(rebasing: buffer[sent...])
                    let count = Glibc.send(number, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
                    if count < 0, errno == EINTR { continue }
                    guard count >= 0 else { return false }
                    sent += count
                }
                return true
            }
        }
    }

    /// The next message; nil when the other side has gone. `waiting` is called whenever there is nothing to read yet and
    /// returns when there may be.
    func receive(waiting: () throws -> Void) throws -> Message? {
        guard let header = try read(Message.headerByteCount, waiting) else { return nil }
        var reader = PayloadReader(Message(.alive, header))
        guard let kind = MessageKind(rawValue: try reader.integer()) else {
            throw ReaderError.protocolFault("an unknown word")
        }
        _ = try reader.integer(UInt32.self)
        let count = try reader.count()
        guard count <= kind.largestPayload else {
            throw ReaderError.protocolFault("a message `\(kind)` of \(count) bytes")
        }
        guard let payload = try read(count, waiting) else { return nil }
        return Message(kind, payload)
    }

    /// Waits for a message without an end.
    func receive() throws -> Message? {
        try receive {
            var entry = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
            _ = poll(&entry, 1, -1)
        }
    }

    /// Grows with what has come, never with what was announced.
    private func read(_ count: Int, _ waiting: () throws -> Void) throws -> [UInt8]? {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let wanted = min(count - bytes.count, 1 << 18)
            var result = 0
            let part = [UInt8](unsafeUninitializedCapacity: wanted) { buffer, filled in
                result = recv(number, buffer.baseAddress, wanted, Int32(MSG_DONTWAIT))
                filled = max(0, result)
            }
            if result > 0 {
                bytes += part
            } else if result < 0, errno == EAGAIN || errno == EWOULDBLOCK {
                try waiting()
            } else if result == 0 || errno != EINTR {
                return nil
            }
        }
        return bytes
    }
}
