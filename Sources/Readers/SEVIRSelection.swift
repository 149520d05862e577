internal import SpaceTime

/// The events of a catalogue that have one row and one file for each chosen type, and what was left out.
struct SEVIRSelection {
    struct Event {
        var id: String
        /// One for each type.
        var rows: [SEVIRCatalogue.Row]
        var files: [Survey.Source]
    }

    let types: [SEVIRType]
    private(set) var events: [Event] = []
    private(set) var skipped: [Survey.Skipped] = []

    private let catalogue: SEVIRCatalogue
    private let settings: SEVIRSettings
    private var found: [String: Survey.Source?] = [:]

    init(
        _ catalogue: SEVIRCatalogue, in folder: SEVIRFolder, _ settings: SEVIRSettings
    ) throws(ReaderError) {
        self.catalogue = catalogue
        self.settings = settings
        let rows = try catalogue.rows()
        for row in rows where found[row.fileName] == nil {
            found[row.fileName] = .some(try folder.file(named: row.fileName))
        }
        types = try SEVIRSelection.types(rows, found, settings, path: catalogue.table.path)
        try collect(rows)
        if events.isEmpty { throw nothingLeft() }
        events.sort { SEVIRSelection.precedes($0, $1) }
    }

    /// The types asked for, else the first that has a file.
    private static func types(
        _ rows: [SEVIRCatalogue.Row], _ found: [String: Survey.Source?], _ settings: SEVIRSettings, path: String
    ) throws(ReaderError) -> [SEVIRType] {
        let present = Set(rows.lazy.filter { (found[$0.fileName] ?? nil) != nil }.map(\.type))
        guard let first = SEVIRType.allCases.first(where: present.contains) else {
            let example = rows.first.map { "data/\($0.fileName)" } ?? "data/vil/2019/…"
            throw ReaderError(
                .notFound,
                "names \(found.count) files and none of them is there; put them where it says, such as \(example)",
                path: path)
        }
        guard let types = settings.types else { return [first] }
        if let absent = types.first(where: { !present.contains($0) }) {
            let words = SEVIRType.allCases.filter(present.contains).map(\.rawValue).joined(separator: ", ")
            throw ReaderError(
                .notFound, "has no row of type \(absent.rawValue) whose file is there; there is \(words)", path: path)
        }
        return types
    }

    private mutating func collect(_ rows: [SEVIRCatalogue.Row]) throws(ReaderError) {
        var groups: [String: [SEVIRCatalogue.Row]] = [:]
        for row in rows where types.contains(row.type) { groups[row.id, default: []].append(row) }
        var reasons: [String: Int] = [:]
        var absent: [String: Int] = [:]
        for (id, group) in groups {
            let chosen = types.compactMap { type in group.first { $0.type == type } }
            if group.count > chosen.count {
                reasons["the id occurs twice for one type", default: 0] += 1
            } else if chosen.count < types.count {
                reasons["not a row for each of \(types.map(\.rawValue).joined(separator: ", "))", default: 0] += 1
            } else if let row = chosen.first(where: { file(of: $0) == nil }) {
                absent[row.fileName, default: 0] += 1
            } else if let reason = try unwanted(chosen) {
                reasons[reason, default: 0] += 1
            } else {
                events.append(Event(id: id, rows: chosen, files: chosen.compactMap(file(of:))))
            }
        }
        for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) { note(count, reason) }
        for (name, count) in absent.sorted(by: { NaturalOrder.precedes($0.key, $1.key) }) {
            skipped.append(
                .init(name, reason: "the file is not there; \(SEVIRSelection.events(count)) of the catalogue in it"))
        }
    }

    private func file(of row: SEVIRCatalogue.Row) -> Survey.Source? { found[row.fileName] ?? nil }

    /// Why the settings leave an event out; nil where they do not.
    private func unwanted(_ rows: [SEVIRCatalogue.Row]) throws(ReaderError) -> String? {
        if settings.kind != .all, try catalogue.isRandom(rows[0]) != (settings.kind == .random) {
            return "not asked for: kind is \(settings.kind.rawValue)"
        }
        if settings.pctMissing < 1, !rows.allSatisfy({ (catalogue.pctMissing($0) ?? 2) <= settings.pctMissing }) {
            return "not asked for: more than \(settings.pctMissing) missing"
        }
        guard let years = settings.years, let time = try catalogue.time(rows[0]) else { return nil }
        return years.contains(CivilTime(seconds: time).year) ? nil : "not asked for: outside the years"
    }

    /// Notes that events are left out.
    mutating func note(_ count: Int, _ reason: String) {
        skipped.append(.init(SEVIRSelection.events(count), reason: reason))
    }

    static func events(_ count: Int) -> String { count == 1 ? "1 event" : "\(count) events" }

    private func nothingLeft() -> ReaderError {
        let reasons = skipped.prefix(5).map { "\($0.what): \($0.reason)" }.joined(separator: "; ")
        return ReaderError(.notFound, "no event is left. \(reasons)", path: catalogue.table.path)
    }

    /// By file and position of the first type; lightning has no positions, there the id decides.
    private static func precedes(_ one: Event, _ other: Event) -> Bool {
        let (left, right) = (one.rows[0], other.rows[0])
        if left.fileName != right.fileName { return NaturalOrder.precedes(left.fileName, right.fileName) }
        if left.fileIndex != right.fileIndex { return left.fileIndex < right.fileIndex }
        return NaturalOrder.precedes(one.id, other.id)
    }
}
