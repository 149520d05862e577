/// What a message between `stbank` and its reader process says. The numbers are only ever seen by two halves of one build.
enum MessageKind: UInt32, CaseIterable {
    // From the reader.
    case survey = 1
    case begin, block, end, refuse, tally, done, failed, opened, alive
    // From the parent.
    case request = 101
    case ring, deliver, giveBack

    /// The longest payload in bytes that is taken.
    var largestPayload: Int {
        switch self {
        case .survey, .begin, .deliver: 1 << 30
        case .request, .failed: 1 << 20
        case .opened, .refuse, .tally: 1 << 16
        case .block, .ring, .giveBack: 16
        case .end, .done, .alive: 0
        }
    }
}

/// One message: sixteen bytes (kind, zero, payload size; little-endian) and the payload.
struct Message {
    static let headerByteCount = 16

    var kind: MessageKind
    var payload: [UInt8]

    init(_ kind: MessageKind, _ payload: [UInt8] = []) {
        self.kind = kind
        self.payload = payload
    }

    var bytes: [UInt8] {
        var writer = PayloadWriter()
        writer.bytes.reserveCapacity(Self.headerByteCount + payload.count)
        writer.append(kind.rawValue)
        writer.append(UInt32(0))
        writer.append(UInt64(payload.count))
        return writer.bytes + payload
    }
}
