internal import SpaceTime

/// Finds the tokens of a RADOLAN header by their names, not by fixed columns, which differ between products and years.
struct RADOLANTokens {
    private let bytes: [UInt8]
    private let path: String

    /// - Parameter bytes: printable ASCII, at least `RADOLANHeader.signatureLength`, without the 0x03 at the end.
    init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    /// Day, hour, minute stand at 2, month and year at 13.
    func time() throws(ReaderError) -> Int64 {
        let parts = [2, 4, 6, 13, 15].map { digits(from: $0, atMost: 2)?.value }
        if let day = parts[0], let hour = parts[1], let minute = parts[2], let month = parts[3], let year = parts[4],
            let time = CivilTime.seconds(year: 2000 + year, month: month, day: day, hour: hour, minute: minute)
        {
            return time
        }
        throw fault("`\(text(0, 17))` holds no date (product, DDhhmm, station, MMYY)")
    }

    func byteCount() throws(ReaderError) -> Int {
        guard let count = number(behind: "BY", digits: 10) else { throw fault("has no length behind BY") }
        return count
    }

    func formatVersion() -> Int { number(behind: "VS", digits: 2) ?? 0 }

    func leadTime() throws(ReaderError) -> Int? {
        guard let place = position(of: "VV") else { return nil }
        guard let value = digits(from: place + 2, atMost: 4) else { throw fault("has no minutes behind VV") }
        return value.value
    }

    func layout() throws(ReaderError) -> RADOLANHeader.Layout {
        let name = text(0, 2)
        guard let product = RADOLANProduct.named(name) else {
            throw ReaderError(
                .damaged, "is the RADOLAN product \(name), which is not read; those read are \(RADOLANProduct.names)",
                path: path)
        }
        let grid = try grid()
        return RADOLANHeader.Layout(
            product: name, rows: grid.rows, columns: grid.columns, bytesPerCell: product.bytesPerCell,
            precision: try precision(), interval: try interval())
    }

    private func grid() throws(ReaderError) -> (rows: Int, columns: Int) {
        if let place = position(of: "GP"), let rows = digits(from: place + 2, atMost: 4), rows.end < bytes.count,
            bytes[rows.end] == UInt8(ascii: "x"), let columns = digits(from: rows.end + 1, atMost: 4),
            rows.value > 0, columns.value > 0, rows.value * columns.value <= RADOLANHeader.cellLimit
        {
            return (rows.value, columns.value)
        }
        throw fault("has no grid (`GP 900x 900`)")
    }

    /// `PR E-02` as `E-02`.
    private func precision() throws(ReaderError) -> String {
        for place in positions(of: "PR") {
            var next = place + 2
            while next < bytes.count, bytes[next] == 0x20 { next += 1 }
            guard next + 3 < bytes.count, bytes[next] == UInt8(ascii: "E"), [0x2b, 0x2d].contains(bytes[next + 1]),
                let power = digits(from: next + 2, atMost: 2), power.end == next + 4, power.value <= 9
            else { continue }
            return text(next, next + 4)
        }
        throw fault("has no factor (`PR E-02`)")
    }

    /// Minutes; a unit letter `U1` behind means days.
    private func interval() throws(ReaderError) -> Int {
        guard let place = position(of: "INT"), let value = digits(from: place + 3, atMost: 4), value.value > 0 else {
            throw fault("has no interval (`INT   5`)")
        }
        let isDays = value.end + 1 < bytes.count && text(value.end, value.end + 2) == "U1"
        return value.value * (isDays ? 1440 : 1)
    }

    /// `MS`: a count of characters, then that many: the radars in angle brackets, perhaps a blank.
    func checkRadars() throws(ReaderError) {
        guard let place = position(of: "MS") else { return }
        guard let count = digits(from: place + 2, atMost: 3), count.value <= bytes.count - count.end else {
            throw fault("has a list of radars (MS) that is cut off")
        }
        let list = bytes[count.end..<count.end + count.value]
        guard list.isEmpty || (list.first == UInt8(ascii: "<") && list.contains(UInt8(ascii: ">"))) else {
            throw fault("has a damaged list of radars (MS)")
        }
    }
}

extension RADOLANTokens {
    /// The first place behind the date where a word stands, outside the list of radars.
    private func position(of word: String) -> Int? { positions(of: word).first }

    private func positions(of word: String) -> [Int] {
        let word = Array(word.utf8)
        let end = bytes.firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        guard end - word.count >= 17 else { return [] }
        return (17...(end - word.count)).filter { bytes[$0..<$0 + word.count].elementsEqual(word) }
    }

    private func number(behind word: String, digits count: Int) -> Int? {
        position(of: word).flatMap { digits(from: $0 + word.utf8.count, atMost: count)?.value }
    }

    /// A number after blanks; blanks count towards `width`.
    private func digits(from start: Int, atMost width: Int) -> (value: Int, end: Int)? {
        let limit = min(bytes.count, start + width)
        var place = start
        while place < limit, bytes[place] == 0x20 { place += 1 }
        var value = 0
        let first = place
        while place < limit, (0x30...0x39).contains(bytes[place]) {
            value = value * 10 + Int(bytes[place] - 0x30)
            place += 1
        }
        return place > first ? (value, place) : nil
    }

    private func text(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

    private func fault(_ what: String) -> ReaderError {
        ReaderError(.damaged, "its RADOLAN header \(what); get the file again", path: path)
    }
}
