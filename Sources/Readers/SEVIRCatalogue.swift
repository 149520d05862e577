internal import SpaceTime

/// SEVIR's `CATALOG.csv`: one row for each event and type, read by column name, in its official form or as a spreadsheet
/// leaves it (byte order mark, times as `5/12/19 18:30`, numbers as `12.0`, further columns).
struct SEVIRCatalogue {
    /// One row: an event as one type sees it.
    struct Row {
        var id: String
        var type: SEVIRType
        /// Below `data/`, checked to stay there.
        var fileName: String
        var fileIndex: Int
        /// Position in the table, for messages and further columns.
        var row: Int
    }

    let table: CSVTable
    private let columns: Columns

    /// Positions of the columns; those that are nil may be absent.
    private struct Columns {
        var id, fileName, fileIndex, type, time, offsets: Int
        var pctMissing, dataMax, episode, event, eventType: Int?
        var corners: [(name: String, position: Int?)]
    }

    init(path: String) throws(ReaderError) {
        table = try CSVTable(path: path)
        columns = Columns(
            id: try table.required("id"), fileName: try table.required("file_name"),
            fileIndex: try table.required("file_index"), type: try table.required("img_type"),
            time: try table.required("time_utc"), offsets: try table.required("minute_offsets"),
            pctMissing: table.column("pct_missing"), dataMax: table.column("data_max"),
            episode: table.column("episode_id"), event: table.column("event_id"),
            eventType: table.column("event_type"),
            corners: ["llcrnrlat", "llcrnrlon", "urcrnrlat", "urcrnrlon"].map { [table] in ($0, table.column($0)) })
    }

    /// The rows of all types, in the order of the table.
    /// - Throws: `.damaged` with file and line where a row is not one of SEVIR's or its file name climbs out of the folder.
    func rows() throws(ReaderError) -> [Row] {
        var result: [Row] = []
        result.reserveCapacity(table.rowCount)
        for row in 0..<table.rowCount { result.append(try self.row(row)) }
        return result
    }

    private func row(_ row: Int) throws(ReaderError) -> Row {
        let word = try table.text(row, columns.type)
        guard let type = SEVIRType(rawValue: word) else {
            throw table.error("img_type `\(word)` is none of \(SEVIRType.words.joined(separator: ", "))", row)
        }
        let id = try table.text(row, columns.id)
        guard !id.isEmpty, id.utf8.count <= 200, !id.contains("/") else {
            throw table.error("id `\(id.prefix(40))` is no event's", row)
        }
        let fileName = try table.text(row, columns.fileName)
        if let fault = SEVIRCatalogue.fault(inFileName: fileName) { throw table.error(fault, row) }
        guard let index = table.number(row, columns.fileIndex), index >= 0, index < 1e9, index == index.rounded() else {
            throw table.error("file_index is no position in a file", row)
        }
        return Row(id: id, type: type, fileName: fileName, fileIndex: Int(index), row: row)
    }

    private static func fault(inFileName name: String) -> String? {
        guard !name.isEmpty, name.utf8.count <= 1024, !name.utf8.contains(0) else {
            return "file_name is empty or beyond reason"
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        if parts.contains("..") || parts.contains(".") || name.hasPrefix("/") || parts.contains("") {
            return "file_name `\(name)` climbs out of the folder, which is refused; correct the catalogue"
        }
        return nil
    }
}

extension SEVIRCatalogue {
    /// `time_utc` in seconds since 1970; nil where it is no date.
    func time(_ row: Row) throws(ReaderError) -> Int64? { CivilTime.parse(try table.text(row.row, columns.time)) }

    /// Minutes from `time_utc` of each frame; nil where the row has none (`lght`) or they are no whole numbers within
    /// a week.
    func minuteOffsets(_ row: Row) throws(ReaderError) -> [Int]? {
        let parts = try table.text(row.row, columns.offsets).split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count <= 10_000 else { return nil }
        var offsets: [Int] = []
        for part in parts {
            guard let minutes = Int(part), abs(minutes) <= 10_080 else { return nil }
            offsets.append(minutes)
        }
        return offsets
    }

    /// The missing fraction, 0 to 1; nil where the row does not say.
    func pctMissing(_ row: Row) -> Double? { columns.pctMissing.flatMap { table.number(row.row, $0) } }

    func dataMax(_ row: Row) -> Double? { columns.dataMax.flatMap { table.number(row.row, $0) } }

    /// The storm episode; nil for random events.
    func episode(_ row: Row) throws(ReaderError) -> String? {
        let text = try number(row, columns.episode)
        return text.isEmpty ? nil : text
    }

    /// Storm events are those of NOAA's Storm Events data base; random ones begin with R.
    func isRandom(_ row: Row) throws(ReaderError) -> Bool {
        if row.id.hasPrefix("R") { return true }
        if row.id.hasPrefix("S") { return false }
        return try number(row, columns.event).isEmpty
    }

    /// What the catalogue says of an event; the same keys for every row, blank or NaN where it says nothing.
    func attributes(_ row: Row, time: Int64) throws(ReaderError) -> [String: Scalar] {
        var result: [String: Scalar] = [
            "event_type": .text(try text(row, columns.eventType)),
            "episode_id": .text(try number(row, columns.episode)),
            "event_id": .text(try number(row, columns.event)), "time_utc": .text(CivilTime(seconds: time).text),
            "pct_missing": .real(pctMissing(row) ?? .nan), "file_name": .text(row.fileName),
            "file_index": .integer(Int64(row.fileIndex)),
        ]
        for (name, position) in columns.corners {
            result[name] = .real(position.flatMap { table.number(row.row, $0) } ?? .nan)
        }
        return result
    }

    private func text(_ row: Row, _ column: Int?) throws(ReaderError) -> String {
        guard let column else { return "" }
        return try table.text(row.row, column)
    }

    /// A whole number as text: `122288` also where a program wrote `122288.0`.
    private func number(_ row: Row, _ column: Int?) throws(ReaderError) -> String {
        let text = try text(row, column)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
