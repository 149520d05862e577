internal import SpaceTime

/// One delivery as the parent follows it: passes on what the child says, after checking that it may be said here.
struct Delivery {
    private let survey: Survey
    private let parts: [FrameRange]
    private let ring: FrameRing
    private let receiver: any FrameReceiver
    /// The first part that has not begun.
    private var next = 0
    private var open: FrameRange?
    /// Frames that a field of the open part still lacks.
    private var lacking: [Int] = []
    /// Sequences given up; the child leaves out their other parts.
    private var refused: Set<Int> = []

    init(of parts: [FrameRange], survey: Survey, ring: FrameRing, to receiver: any FrameReceiver) {
        self.parts = parts
        self.survey = survey
        self.ring = ring
        self.receiver = receiver
    }

    /// - Returns: whether this was the last message.
    mutating func take(_ message: Message) throws -> Bool {
        var reader = PayloadReader(message)
        switch message.kind {
        case .begin: try begin(&reader)
        case .block: try block(&reader)
        case .end: try end()
        case .refuse: try refuse(reader.text())
        case .tally:
            let amount = try reader.integer(Int64.self)
            try receiver.tally(reader.text(), by: Int(amount))
        case .done: return try done()
        default: throw ReaderError.protocolFault("`\(message.kind)` in a delivery")
        }
        return false
    }

    private mutating func begin(_ reader: inout PayloadReader) throws {
        let index = try reader.count()
        guard open == nil, index >= next, index < parts.count, !refused.contains(parts[index].sequence) else {
            throw ReaderError.protocolFault("part \(index) begins out of order")
        }
        try skip(to: index)
        let part = parts[index]
        var covariates: [[Double]] = []
        for covariate in survey.covariates {
            let numbers = try reader.doubles()
            guard numbers.count == part.frames.count * covariate.width else {
                throw ReaderError.protocolFault(
                    "\(numbers.count) numbers of \(covariate.name) for \(part.frames.count) frames")
            }
            covariates.append(numbers)
        }
        try reader.finish()
        next = index + 1
        open = part
        lacking = survey.fields.map { _ in part.frames.count }
        try receiver.begin(part, covariates: covariates)
    }

    private mutating func block(_ reader: inout PayloadReader) throws {
        let slot = Int(try reader.integer(UInt32.self))
        let field = Int(try reader.integer(UInt32.self))
        let count = try reader.count()
        try reader.finish()
        guard open != nil, field < survey.fields.count, count > 0, count <= lacking[field] else {
            throw ReaderError.protocolFault("\(count) frames of field \(field) that were not asked for")
        }
        let (bytes, overflow) = count.multipliedReportingOverflow(by: survey.fields[field].frameByteCount)
        guard !overflow else { throw ReaderError.protocolFault("\(count) frames in one block") }
        let block = try ring.lend(slot: slot, byteCount: bytes)
        lacking[field] -= count
        try receiver.receive(block, field: field, count: count)
    }

    private mutating func end() throws {
        guard let part = open, lacking.allSatisfy({ $0 == 0 }) else {
            throw ReaderError.protocolFault("a part ends before all its frames came")
        }
        _ = part
        open = nil
        try receiver.end()
    }

    private mutating func refuse(_ reason: String) throws {
        guard next > 0 else { throw ReaderError.protocolFault("a sequence is refused before any was begun") }
        guard refused.insert(parts[next - 1].sequence).inserted else {
            throw ReaderError.protocolFault("a sequence is refused twice")
        }
        open = nil
        try receiver.refuse(reason)
    }

    private mutating func done() throws -> Bool {
        guard open == nil else { throw ReaderError.protocolFault("the delivery ends within a part") }
        try skip(to: parts.count)
        return true
    }

    /// Parts may only be left out when their sequence was refused.
    private func skip(to index: Int) throws {
        if let missed = (next..<index).first(where: { !refused.contains(parts[$0].sequence) }) {
            throw ReaderError.protocolFault("part \(missed) was left out")
        }
    }
}
