/// Reads JSON front to back without building values: for tables of many lines of which a few members count.
///
/// The bytes must outlive the scanner. Whatever they hold, it reads no byte beyond them.
package struct JSONScanner {
    /// The bytes are no JSON, or not of the asked kind, at this place.
    package struct Fault: Error {
        package var place: Int

        package init(place: Int) { self.place = place }
    }

    private let bytes: UnsafeRawBufferPointer
    package private(set) var place = 0

    package init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// Whether only blanks and line ends are left.
    package mutating func isAtEnd() -> Bool {
        skipBlanks()
        return place == bytes.count
    }

    /// Calls `member` for each member of an object; it has to read or skip the value.
    package mutating func readObject(_ member: (_ key: Key, inout JSONScanner) throws -> Void) throws {
        try readItems(from: UInt8(ascii: "{"), to: UInt8(ascii: "}")) { scanner in
            let key = Key(bytes: UnsafeRawBufferPointer(rebasing: scanner.bytes[try scanner.quoted()]))
            try scanner.expect(UInt8(ascii: ":"))
            try member(key, &scanner)
        }
    }

    /// Calls `element` for each element of an array; it has to read or skip the value.
    package mutating func readArray(_ element: (inout JSONScanner) throws -> Void) throws {
        try readItems(from: UInt8(ascii: "["), to: UInt8(ascii: "]"), element)
    }

    @inline(__always)
    private mutating func readItems(
        from start: UInt8, to end: UInt8, _ item: (inout JSONScanner) throws -> Void
    ) throws {
        try expect(start)
        if take(end) { return }
        while true {
            try item(&self)
            if take(end) { return }
            try expect(UInt8(ascii: ","))
        }
    }

    /// A whole number of 64 bits.
    package mutating func readInteger() throws -> Int {
        skipBlanks()
        let isNegative = take(UInt8(ascii: "-"))
        let start = place
        var value = 0
        while place < bytes.count, case let digit = bytes[place] &- UInt8(ascii: "0"), digit < 10 {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, tooLargeSum) = product.subtractingReportingOverflow(Int(digit))
            guard !tooLarge, !tooLargeSum else { throw Fault(place: start) }
            value = sum
            place += 1
        }
        guard place > start, isNegative || value != .min else { throw Fault(place: start) }
        if place < bytes.count, [UInt8(ascii: "."), UInt8(ascii: "e"), UInt8(ascii: "E")].contains(bytes[place]) {
            throw Fault(place: place)
        }
        return isNegative ? value : -value
    }

    /// A text. Escapes are resolved; a lone half of a surrogate pair is refused.
    package mutating func readText() throws -> String {
        let range = try quoted()
        guard let escape = bytes[range].firstIndex(of: UInt8(ascii: "\\")) else {
            return String(decoding: bytes[range], as: UTF8.self)
        }
        var units = Array(String(decoding: bytes[range.lowerBound..<escape], as: UTF8.self).utf16)
        var at = escape
        while at < range.upperBound {
            guard bytes[at] == UInt8(ascii: "\\") else {
                let end = bytes[at..<range.upperBound].firstIndex(of: UInt8(ascii: "\\")) ?? range.upperBound
                units += Array(String(decoding: bytes[at..<end], as: UTF8.self).utf16)
                at = end
                continue
            }
            units.append(try escaped(at: &at, end: range.upperBound))
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw Fault(place: range.lowerBound) }
        return text
    }

    /// Passes over one value of any kind.
    package mutating func skip() throws {
        var depth = 0
        repeat {
            skipBlanks()
            guard place < bytes.count else { throw Fault(place: place) }
            switch bytes[place] {
            case UInt8(ascii: "\""): _ = try quoted()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                place += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                guard depth > 0 else { throw Fault(place: place) }
                depth -= 1
                place += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                guard depth > 0 else { throw Fault(place: place) }
                place += 1
                continue
            default: try skipWord()
            }
        } while depth > 0
    }

    /// One value of any kind.
    package mutating func readValue() throws -> JSONValue {
        skipBlanks()
        guard place < bytes.count else { throw Fault(place: place) }
        switch bytes[place] {
        case UInt8(ascii: "{"):
            var members: [String: JSONValue] = [:]
            try readItems(from: UInt8(ascii: "{"), to: UInt8(ascii: "}")) { scanner in
                let name = try scanner.readText()
                try scanner.expect(UInt8(ascii: ":"))
                members[name] = try scanner.readValue()
            }
            return .object(members)
        case UInt8(ascii: "["):
            var elements: [JSONValue] = []
            try readArray { elements.append(try $0.readValue()) }
            return .array(elements)
        case UInt8(ascii: "\""): return .text(try readText())
        default: return try readWord()
        }
    }

    /// A number or one of the three words.
    private mutating func readWord() throws -> JSONValue {
        let start = place
        try skipWord()
        let word = String(decoding: bytes[start..<place], as: UTF8.self)
        switch word {
        case "null": return .null
        case "true": return .bool(true)
        case "false": return .bool(false)
        default:
            if let whole = Int64(word) { return .integer(whole) }
            guard let real = Double(word), real.isFinite else { throw Fault(place: start) }
            return .real(real)
        }
    }

    /// A key as it stands between its quotes.
    package struct Key {
        fileprivate let bytes: UnsafeRawBufferPointer

        package static func ~= (name: StaticString, key: Key) -> Bool {
            let own = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
            return own.elementsEqual(key.bytes)
        }
    }

    private mutating func skipBlanks() {
        while place < bytes.count, bytes[place] <= UInt8(ascii: " ") { place += 1 }
    }

    private mutating func skipWord() throws {
        let start = place
        while place < bytes.count, isWord(bytes[place]) { place += 1 }
        guard place > start else { throw Fault(place: start) }
    }

    private func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        skipBlanks()
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws {
        guard take(byte) else { throw Fault(place: place) }
    }

    /// Where the bytes between two quotes lie.
    private mutating func quoted() throws -> Range<Int> {
        try expect(UInt8(ascii: "\""))
        let start = place
        while place < bytes.count {
            if bytes[place] == UInt8(ascii: "\"") {
                place += 1
                return start..<(place - 1)
            }
            place += bytes[place] == UInt8(ascii: "\\") ? 2 : 1
        }
        place = bytes.count
        throw Fault(place: start)
    }

    private func escaped(at place: inout Int, end: Int) throws -> UInt16 {
        guard place + 1 < end else { throw Fault(place: place) }
        let letter = bytes[place + 1]
        place += 2
        switch letter {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "f"): return 12
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(letter)
        case UInt8(ascii: "u"):
            guard place + 4 <= end,
                let unit = UInt16(String(decoding: bytes[place..<(place + 4)], as: UTF8.self), radix: 16)
            else { throw Fault(place: place) }
            place += 4
            return unit
        default: throw Fault(place: place)
        }
    }
}
