internal import CProcess
internal import Glibc
package import SpaceTime

/// A source that is read by a process of its own, `stbank-read`, which hands frames over through shared memory.
///
/// What the files do to that process ends here as a `ReaderError`. Used by one thread at a time; the blocks that
/// receivers get may be let go by any thread, at any time, also after this has gone.
package final class ReaderProcess: FrameProvider {
    package let survey: Survey
    private let child: ReaderChild
    private let ring: FrameRing
    private let sourceByteCount: Int

    /// Starts the process and waits for its survey.
    ///
    /// - Parameters:
    ///   - executable: the path of `stbank-read`; see ``ReaderExecutable``.
    ///   - report: takes lines that the process writes to its standard error, while this waits for it.
    /// - Throws: `ReaderError`: the reader's own, or how the process failed.
    package init(
        executable: String, request: ReaderRequest, limits: ReaderLimits = ReaderLimits(),
        report: @escaping (String) -> Void = { _ in }
    ) throws {
        let frames = try Descriptor.memoryFile()
        let child = try ReaderChild(executable, frames: frames, limits: limits, report: report)
        self.child = child
        do {
            let opening = ReaderOpening(request: request, limits: limits)
            child.channel.send(Message(.request, try JSONPayload.encode(opening)))
            let message = try child.next(mayWait: { false })
            survey = try Self.survey(in: message, request.format, limits)
            let shape = limits.ring(largestFrame: survey.fields.map(\.frameByteCount).max() ?? 0)
            ring = try FrameRing(shape, file: frames, channel: child.channel)
            child.channel.send(Message(.ring, shape.payload))
        } catch {
            child.end()
            throw error
        }
        sourceByteCount = survey.sources.reduce(0) { $0 &+ Self.size(of: $1.path) }
    }

    deinit { child.end() }

    /// Ends the process. Blocks that are still held stay valid.
    package func close() { child.end() }

    package func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        for part in parts {
            precondition(survey.sequences.indices.contains(part.sequence), "no sequence \(part.sequence)")
            let frames = 0...survey.sequences[part.sequence].frameCount
            precondition(
                frames.contains(part.frames.lowerBound) && frames.contains(part.frames.upperBound),
                "frames \(part.frames) of \(frames.upperBound)")
        }
        child.channel.send(Message(.deliver, order(parts)))
        var delivery = Delivery(of: parts, survey: survey, ring: ring, to: receiver)
        while true {
            let message = try nextMessage()
            if message.kind == .failed { throw try ended { try Self.error(in: message) } }
            if try ended({ try delivery.take(message) }) { return }
        }
    }

    /// Whatever goes wrong in here ends the process: it would go on sending.
    private func ended<Result>(_ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch {
            child.end()
            throw error
        }
    }

    private func nextMessage() throws -> Message { try ended { try child.next(mayWait: { ring.isLent }) } }

    /// The parts, and how many seconds of processor time they may take.
    private func order(_ parts: [FrameRange]) -> [UInt8] {
        var bytes = sourceByteCount
        let frameBytes = survey.fields.reduce(0) { $0 + $1.frameByteCount }
        for part in parts { bytes &+= part.frames.count &* frameBytes }
        var payload = PayloadWriter()
        payload.append(UInt64(child.limits.processorSeconds) &+ UInt64(max(0, bytes) / 1_000_000))
        payload.append(UInt64(parts.count))
        for part in parts {
            for number in [part.sequence, part.frames.lowerBound, part.frames.upperBound] {
                payload.append(UInt64(number))
            }
        }
        return payload.bytes
    }
}

extension ReaderProcess {
    private static func survey(in message: Message, _ format: String, _ limits: ReaderLimits) throws -> Survey {
        switch message.kind {
        case .survey:
            let survey: Survey = try JSONPayload.decode(message.payload)
            try SurveyCheck(survey: survey, limits: limits).run(format: format)
            return survey
        case .failed: throw try error(in: message)
        default: throw ReaderError.protocolFault("`\(message.kind)` instead of a survey")
        }
    }

    private static func error(in message: Message) throws -> ReaderError { try JSONPayload.decode(message.payload) }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }
}

extension RingShape {
    var payload: [UInt8] {
        var payload = PayloadWriter()
        payload.append(UInt64(slotCount))
        payload.append(UInt64(slotByteCount))
        return payload.bytes
    }
}
