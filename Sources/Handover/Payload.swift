internal import FoundationEssentials
internal import SpaceTime

/// Builds a payload: little-endian integers, doubles by their bits, text as UTF-8 to the end.
struct PayloadWriter {
    var bytes: [UInt8] = []

    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func append(_ values: [Double]) {
        append(UInt64(values.count))
        bytes.reserveCapacity(bytes.count + 8 * values.count)
        for value in values { append(value.bitPattern) }
    }

    mutating func append(_ text: some StringProtocol, atMost limit: Int) { bytes += text.utf8.prefix(limit) }
}

/// Takes a payload apart; every reading past its end is a fault of whoever sent it.
struct PayloadReader {
    private var rest: ArraySlice<UInt8>

    init(_ message: Message) { rest = message.payload[...] }

    mutating func integer<Value: FixedWidthInteger>(_: Value.Type = Value.self) throws(ReaderError) -> Value {
        let size = MemoryLayout<Value>.size
        guard rest.count >= size else { throw .protocolFault("a message ends early") }
        defer { rest = rest.dropFirst(size) }
        return rest.withUnsafeBytes { Value(littleEndian: $0.loadUnaligned(as: Value.self)) }
    }

    /// A count or position; numbers that no `Int` holds are a fault.
    mutating func count() throws(ReaderError) -> Int {
        guard let count = Int(exactly: try integer(UInt64.self)) else { throw .protocolFault("a count beyond 63 bits") }
        return count
    }

    mutating func doubles() throws(ReaderError) -> [Double] {
        let count = try count()
        guard count <= rest.count / 8 else { throw .protocolFault("\(count) numbers in \(rest.count) bytes") }
        var result: [Double] = []
        result.reserveCapacity(count)
        for _ in 0..<count { result.append(Double(bitPattern: try integer())) }
        return result
    }

    mutating func text() -> String {
        defer { rest = [] }
        return String(decoding: rest, as: UTF8.self)
    }

    func finish() throws(ReaderError) {
        if !rest.isEmpty { throw .protocolFault("\(rest.count) bytes too many in a message") }
    }
}

/// Values as JSON; numbers that JSON does not know as words.
enum JSONPayload {
    static func encode(_ value: some Encodable) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "@inf", negativeInfinity: "@-inf", nan: "@nan")
        if let key = Scalar.tagged { encoder.userInfo[key] = true }
        return [UInt8](try encoder.encode(value))
    }

    static func decode<Value: Decodable>(_ bytes: [UInt8], _: Value.Type = Value.self) throws(ReaderError) -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "@inf", negativeInfinity: "@-inf", nan: "@nan")
        if let key = Scalar.tagged { decoder.userInfo[key] = true }
        do {
            return try decoder.decode(Value.self, from: Data(bytes))
        } catch {
            throw .protocolFault("a \(Value.self) that cannot be read (\(error))")
        }
    }
}
