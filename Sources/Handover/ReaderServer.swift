internal import CProcess
internal import Glibc
package import SpaceTime
internal import Synchronization

/// The child's half: serves one request of a `ReaderProcess` with one of the readers it knows.
package struct ReaderServer {
    /// Puts what all formats have in common (size, crop, stride, …) on top of a surveyed source.
    package typealias Selecting = (any SurveyedSource, ReaderSettings, Location) throws -> any SurveyedSource

    private let readers: [any Reader.Type]
    private let selecting: Selecting

    package init(_ readers: [any Reader.Type], selecting: @escaping Selecting = { source, _, _ in source }) {
        self.readers = readers
        self.selecting = selecting
    }

    /// Surveys, then delivers until the parent goes. Exit handlers are not run: libraries may be in any state by then.
    package func serve() -> Never {
        guard Self.isConnected else {
            StandardError.write("stbank-read: this mode is for `stbank`, which starts it")
            _exit(64)
        }
        let channel = MessageChannel(Descriptor(owning: Descriptor.messages))
        do {
            try serve(channel)
        } catch {
            Self.report(error, on: channel)
        }
        // The parent has the last word: what was sent must be read before the socket goes.
        while case .some = try? channel.receive() {}
        _exit(0)
    }

    private static var isConnected: Bool {
        var status = stat()
        guard fstat(Descriptor.messages, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return false }
        return fstat(Descriptor.frames, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    private func serve(_ channel: MessageChannel) throws {
        guard let first = try channel.receive(), first.kind == .request else { _exit(0) }
        let opening: ReaderOpening = try JSONPayload.decode(first.payload)
        try ParentWatch(channel, stall: opening.limits.stall).start()
        try ResourceLimits.apply(opening.limits, scratch: opening.request.location.scratch)
        SourceTrace.listen(SourceAnnouncer(channel).note)
        let source = try survey(opening.request)
        let survey = source.survey
        channel.send(Message(.survey, try JSONPayload.encode(survey)))
        guard let second = try channel.receive() else { _exit(0) }
        let ring = try ServerRing(try Self.shape(in: second), file: Descriptor.frames)
        while let message = try channel.receive() {
            if message.kind == .giveBack {
                try ring.takeBack(message)
            } else {
                try deliver(message, source, survey, ring, channel)
            }
        }
    }

    private func survey(_ request: ReaderRequest) throws -> any SurveyedSource {
        guard let type = readers.first(where: { $0.format == request.format }) else {
            let known = readers.map { $0.format }.joined(separator: ", ")
            throw ReaderError(.usage, "there is no format `\(request.format)`; there are \(known)")
        }
        let settings = ReaderSettings(request.settings)
        let reader = try type.init(settings)
        return try selecting(try reader.survey(request.location), settings, request.location)
    }

    private static func shape(in message: Message) throws(ReaderError) -> RingShape {
        guard message.kind == .ring else { throw .protocolFault("`\(message.kind)` instead of a ring") }
        var reader = PayloadReader(message)
        return RingShape(slotCount: try reader.count(), slotByteCount: try reader.count())
    }

    /// Serves one delivery. What the reader throws is told, and the next delivery may be asked for.
    private func deliver(
        _ message: Message, _ source: any SurveyedSource, _ survey: Survey, _ ring: ServerRing,
        _ channel: MessageChannel
    ) throws {
        let parts = try Self.parts(in: message)
        let sink = RingSink(of: parts, survey: survey, slots: ring, channel: channel)
        do {
            try source.read(parts, into: sink)
            try sink.finish()
        } catch {
            Self.report(error, on: channel)
        }
    }

    private static func parts(in message: Message) throws(ReaderError) -> [FrameRange] {
        guard message.kind == .deliver else { throw .protocolFault("`\(message.kind)` instead of a delivery") }
        var reader = PayloadReader(message)
        ResourceLimits.allowProcessorTime(try reader.integer())
        let count = try reader.count()
        var parts: [FrameRange] = []
        for _ in 0..<count {
            let (sequence, first, end) = (try reader.count(), try reader.count(), try reader.count())
            guard first <= end else { throw .protocolFault("frames that end before they begin") }
            parts.append(FrameRange(sequence: sequence, frames: first..<end))
        }
        try reader.finish()
        return parts
    }

    private static func report(_ error: any Error, on channel: MessageChannel) {
        var told = error as? ReaderError ?? ReaderError(.system, "reading failed: \(error)")
        told.message = String(told.message.prefix(1 << 16))
        told.path = told.path.map { String($0.prefix(1 << 14)) }
        do {
            channel.send(Message(.failed, try JSONPayload.encode(told)))
        } catch {
            StandardError.write("stbank-read: \(told)")
            _exit(1)
        }
    }
}

/// Passes notes of opened files on to the parent, each change once.
private final class SourceAnnouncer: Sendable {
    private let channel: MessageChannel
    private let last = Mutex("")

    init(_ channel: MessageChannel) { self.channel = channel }

    func note(_ path: String) {
        let isNew = last.withLock { last in
            defer { last = path }
            return last != path
        }
        guard isNew else { return }
        var payload = PayloadWriter()
        payload.append(path, atMost: 1 << 14)
        channel.send(Message(.opened, payload.bytes))
    }
}

/// Lines for people; never buffered.
enum StandardError {
    static func write(_ line: String) {
        var text = line + "\n"
        _ = text.withUTF8 { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
