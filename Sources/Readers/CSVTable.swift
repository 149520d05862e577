package import SpaceTime

/// A table of comma-separated text with a header, read by column name.
///
/// Quoting is that of RFC 4180. A byte order mark, CRLF, CR and LF line ends, and rows without any content are accepted;
/// a row that is not as wide as the header, an open quote and anything beyond the limits are refused with the line.
package struct CSVTable: Sendable {
    /// How much of a table is taken.
    package struct Limits: Hashable, Sendable {
        package var byteCount = 512 << 20
        package var rows = 4_000_000
        package var columns = 1024
        package var fieldByteCount = 1 << 20

        package init() {}
    }

    package let path: String
    package private(set) var columns: [String] = []
    package private(set) var rowCount = 0
    private let bytes: [UInt8]
    /// Where each field begins, row by row.
    private var starts: [UInt32] = []
    /// Where each ends; the top bit is set where doubled quotes have to be undone.
    private var ends: [UInt32] = []
    private var lines: [UInt32] = []

    private static let escaped: UInt32 = 1 << 31

    package init(path: String, limits: Limits = Limits()) throws(ReaderError) {
        try self.init(bytes: SourceFiles.bytes(of: path, atMost: limits.byteCount), path: path, limits: limits)
    }

    package init(bytes: [UInt8], path: String, limits: Limits = Limits()) throws(ReaderError) {
        self.path = path
        self.bytes = bytes
        guard bytes.count <= min(limits.byteCount, Int(Int32.max)) else {
            throw ReaderError(.damaged, "has \(bytes.count) bytes, more than a table makes sense with", path: path)
        }
        try parse(limits)
    }

    /// The position of a column; nil where the header lacks it or has it twice.
    package func column(_ name: String) -> Int? {
        guard let first = columns.firstIndex(of: name), columns.lastIndex(of: name) == first else { return nil }
        return first
    }

    /// The position of a column that has to be there.
    package func required(_ name: String) throws(ReaderError) -> Int {
        if let position = column(name) { return position }
        let how = columns.contains(name) ? "has the column `\(name)` twice" : "has no column `\(name)`"
        throw ReaderError(.damaged, "\(how); its header is \(columns.joined(separator: ","))", path: path)
    }

    /// The line of the file, from 1, on which a row begins.
    package func line(ofRow row: Int) -> Int { Int(lines[row]) }

    /// The text of a field, without blanks around it.
    package func text(_ row: Int, _ column: Int) throws(ReaderError) -> String {
        let field = bytes(row, column)
        guard let text = String(validating: field, as: UTF8.self) else {
            throw error("column `\(columns[column])` is not UTF-8 text", row)
        }
        return text
    }

    /// The bytes of a field, without blanks around it.
    package func bytes(_ row: Int, _ column: Int) -> ArraySlice<UInt8> {
        let index = row * columns.count + column
        return content(Int(starts[index]), ends[index])
    }

    /// A whole number; nil where the field is something else.
    package func integer(_ row: Int, _ column: Int) -> Int64? {
        let field = bytes(row, column)
        return field.count <= 20 ? Int64(String(decoding: field, as: UTF8.self)) : nil
    }

    /// A finite number; nil where the field is something else.
    package func number(_ row: Int, _ column: Int) -> Double? {
        let field = bytes(row, column)
        guard (1...40).contains(field.count), let value = Double(String(decoding: field, as: UTF8.self)) else {
            return nil
        }
        return value.isFinite ? value : nil
    }

    /// An error that names file and line.
    package func error(_ message: String, _ row: Int) -> ReaderError {
        ReaderError(.damaged, "line \(line(ofRow: row)): \(message)", path: path)
    }

    private func content(_ start: Int, _ end: UInt32) -> ArraySlice<UInt8> {
        var field = bytes[start..<Int(end & ~CSVTable.escaped)]
        if end & CSVTable.escaped != 0 { field = CSVTable.unescaped(field) }
        while field.first == UInt8(ascii: " ") { field.removeFirst() }
        while field.last == UInt8(ascii: " ") { field.removeLast() }
        return field
    }

    private static func unescaped(_ field: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var result: [UInt8] = []
        var wasQuote = false
        for byte in field {
            wasQuote = byte == UInt8(ascii: "\"") && !wasQuote
            if !wasQuote { result.append(byte) }
        }
        return result[...]
    }
}

extension CSVTable {
    private struct Cursor {
        var position = 0
        var line: UInt32 = 1
    }

    private mutating func parse(_ limits: Limits) throws(ReaderError) {
        var cursor = Cursor()
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { cursor.position = 3 }
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            throw ReaderError(.damaged, "is UTF-16 text; save it as UTF-8", path: path)
        }
        guard try readRow(&cursor, limits) else { throw ReaderError(.damaged, "is an empty table", path: path) }
        for (start, end) in zip(starts, ends) {
            guard let name = String(validating: content(Int(start), end), as: UTF8.self) else {
                throw ReaderError(.damaged, "line 1: a column name is not UTF-8 text", path: path)
            }
            columns.append(name)
        }
        starts = []
        ends = []
        while try readRow(&cursor, limits) {}
    }

    /// Adds the fields of the next row with content; false at the end of the table.
    private mutating func readRow(_ cursor: inout Cursor, _ limits: Limits) throws(ReaderError) -> Bool {
        while cursor.position < bytes.count {
            let line = cursor.line
            let first = starts.count
            try readFields(&cursor, limits, first)
            if (first..<starts.count).allSatisfy({ starts[$0] == ends[$0] }) {
                starts.removeSubrange(first...)
                ends.removeSubrange(first...)
                continue
            }
            let width = starts.count - first
            if columns.isEmpty { return true }
            guard width == columns.count else {
                throw fault("has \(width) fields; the header has \(columns.count)", line)
            }
            guard rowCount < limits.rows else { throw fault("more than \(limits.rows) rows", line) }
            lines.append(line)
            rowCount += 1
            return true
        }
        return false
    }

    private mutating func readFields(
        _ cursor: inout Cursor, _ limits: Limits, _ first: Int
    ) throws(ReaderError) {
        repeat {
            guard starts.count - first < limits.columns else {
                throw fault("has more than \(limits.columns) fields", cursor.line)
            }
            if cursor.position < bytes.count, bytes[cursor.position] == UInt8(ascii: "\"") {
                try readQuoted(&cursor)
            } else {
                readPlain(&cursor)
            }
            let length = Int(ends[ends.count - 1] & ~CSVTable.escaped) - Int(starts[starts.count - 1])
            if length > limits.fieldByteCount { throw fault("a field of \(length) bytes", cursor.line) }
        } while skipComma(&cursor)
        skipLineEnd(&cursor)
    }

    private mutating func readPlain(_ cursor: inout Cursor) {
        let start = cursor.position
        let end = bytes.withUnsafeBufferPointer { text in
            var position = start
            while position < text.count {
                let byte = text[position]
                if byte == UInt8(ascii: ",") || byte == 10 || byte == 13 { break }
                position += 1
            }
            return position
        }
        starts.append(UInt32(start))
        ends.append(UInt32(end))
        cursor.position = end
    }

    private mutating func readQuoted(_ cursor: inout Cursor) throws(ReaderError) {
        let line = cursor.line
        var position = cursor.position + 1
        var mark: UInt32 = 0
        starts.append(UInt32(position))
        while true {
            guard position < bytes.count else { throw fault("a quote is opened here and never closed", line) }
            if bytes[position] == 10 { cursor.line += 1 }
            if bytes[position] != UInt8(ascii: "\"") {
                position += 1
            } else if position + 1 < bytes.count, bytes[position + 1] == UInt8(ascii: "\"") {
                mark = CSVTable.escaped
                position += 2
            } else {
                break
            }
        }
        ends.append(UInt32(position) | mark)
        cursor.position = position + 1
        if cursor.position < bytes.count, ![UInt8(ascii: ","), 10, 13].contains(bytes[cursor.position]) {
            throw fault("text follows a closing quote", line)
        }
    }

    private func skipComma(_ cursor: inout Cursor) -> Bool {
        guard cursor.position < bytes.count, bytes[cursor.position] == UInt8(ascii: ",") else { return false }
        cursor.position += 1
        return true
    }

    private func skipLineEnd(_ cursor: inout Cursor) {
        if cursor.position < bytes.count, bytes[cursor.position] == 13 { cursor.position += 1 }
        if cursor.position < bytes.count, bytes[cursor.position] == 10 { cursor.position += 1 }
        cursor.line += 1
    }

    private func fault(_ message: String, _ line: UInt32) -> ReaderError {
        ReaderError(.damaged, "line \(line): \(message)", path: path)
    }
}
