internal import CProcess
internal import Glibc
internal import SpaceTime

/// The sink of the reader process: frames are written straight into shared memory, and the parent is told.
final class RingSink: FrameSink {
    private let survey: Survey
    private let parts: [FrameRange]
    private let slots: ServerRing
    private let channel: MessageChannel
    /// The first part that has not begun.
    private var next = 0
    private var open: FrameRange?
    /// Whether the open part belongs to a sequence that was given up: what comes is thrown away.
    private var isMuted = false
    private var lacking: [Int] = []
    private var refused: Set<Int> = []

    init(of parts: [FrameRange], survey: Survey, slots: ServerRing, channel: MessageChannel) {
        self.parts = parts
        self.survey = survey
        self.slots = slots
        self.channel = channel
    }

    func capacity(ofField field: Int) -> Int { slots.shape.slotByteCount / survey.fields[field].frameByteCount }

    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        guard open == nil, let index = parts[next...].firstIndex(of: part) else {
            throw fault("begins frames \(part.frames) of sequence \(part.sequence) out of order")
        }
        let counts = survey.covariates.map { $0.width * part.frames.count }
        guard covariates.map(\.count) == counts else {
            throw fault("has \(covariates.map(\.count)) covariates where \(counts) are due")
        }
        next = index + 1
        open = part
        lacking = survey.fields.map { _ in part.frames.count }
        isMuted = refused.contains(part.sequence)
        if isMuted { return }
        var payload = PayloadWriter()
        payload.append(UInt64(index))
        for numbers in covariates { payload.append(numbers) }
        try send(.begin, payload.bytes)
    }

    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        guard open != nil, lacking.indices.contains(field), count > 0, count <= lacking[field],
            count <= capacity(ofField: field)
        else { throw fault("writes \(count) frames of field \(field) that are not due") }
        let slot = try slots.take(from: channel)
        do {
            try fill(slots.memory(of: slot, byteCount: count * survey.fields[field].frameByteCount))
        } catch {
            slots.putBack(slot)
            throw error
        }
        lacking[field] -= count
        if isMuted {
            slots.putBack(slot)
            return
        }
        var payload = PayloadWriter()
        payload.append(UInt32(slot))
        payload.append(UInt32(field))
        payload.append(UInt64(count))
        try send(.block, payload.bytes)
    }

    func end() throws {
        guard open != nil, lacking.allSatisfy({ $0 == 0 }) else { throw fault("ends a part that lacks frames") }
        open = nil
        if !isMuted { try send(.end) }
    }

    func refuse(_ reason: String) throws {
        guard next > 0 else { throw fault("refuses a sequence before it begins one") }
        open = nil
        guard refused.insert(parts[next - 1].sequence).inserted else { return }
        var payload = PayloadWriter()
        payload.append(reason, atMost: 1 << 15)
        try send(.refuse, payload.bytes)
    }

    func tally(_ what: String, by amount: Int) throws {
        var payload = PayloadWriter()
        payload.append(Int64(amount))
        payload.append(what, atMost: 1 << 15)
        try send(.tally, payload.bytes)
    }

    /// - Throws: `ReaderError` where the reader left parts out.
    func finish() throws {
        let missed = parts[next...].first { !refused.contains($0.sequence) }
        guard open == nil, missed == nil else { throw fault("ended before it had delivered all") }
        try send(.done)
    }

    private func send(_ kind: MessageKind, _ payload: [UInt8] = []) throws {
        guard payload.count <= kind.largestPayload else { throw fault("sends \(payload.count) bytes with `\(kind)`") }
        if !channel.send(Message(kind, payload)) { _exit(0) }
    }

    private func fault(_ what: String) -> ReaderError {
        ReaderError(.system, "the reader \(survey.format) \(what); this is a fault in stbank, please report it")
    }
}

/// The child's view of the ring: which slots are free, and their memory.
final class ServerRing {
    private let memory: RingMemory
    private var free: [Int]
    /// Slots that were never used yet.
    private var untouched: Set<Int>

    /// Maps the file that the parent gave.
    init(_ shape: RingShape, file: Int32) throws(ReaderError) {
        memory = try RingMemory(shape, file: file, isWritten: true)
        free = Array((0..<shape.slotCount).reversed())
        untouched = Set(free)
    }

    var shape: RingShape { memory.shape }

    /// A free slot; waits for the parent to give one back.
    func take(from channel: MessageChannel) throws -> Int {
        while true {
            if let slot = free.popLast() { return slot }
            guard let message = try channel.receive() else { _exit(0) }
            guard message.kind == .giveBack else {
                throw ReaderError.protocolFault("`\(message.kind)` instead of a slot")
            }
            try takeBack(message)
        }
    }

    func takeBack(_ message: Message) throws(ReaderError) {
        var reader = PayloadReader(message)
        free.append(Int(try reader.integer(UInt32.self)))
    }

    func putBack(_ slot: Int) { free.append(slot) }

    func memory(of slot: Int, byteCount: Int) -> UnsafeMutableRawBufferPointer {
        if untouched.remove(slot) != nil { memory.gather(slot: slot) }
        return memory[slot, byteCount]
    }
}
