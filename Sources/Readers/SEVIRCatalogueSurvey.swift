internal import SpaceTime

/// Puts together what a catalogue and the files it names hold: the forms `catalogue` and `lr`.
struct SEVIRCatalogueSurvey {
    let catalogue: SEVIRCatalogue
    let source: Survey.Source
    private(set) var selection: SEVIRSelection
    private var headers: [String: SEVIRFileHeader] = [:]
    private(set) var events: [SEVIRSelection.Event] = []
    private(set) var sequences: [SequenceSurvey] = []
    private var reasons: [String: Int] = [:]
    /// Whether the files hold every second of the catalogue's frames, as SEVIR-LR does.
    private var isThinned = false
    /// One of the files has no `id`: the low-resolution extract.
    private(set) var isWithoutIDs = false

    init(
        _ files: SourceFiles, catalogue source: Survey.Source, _ settings: SEVIRSettings
    ) throws(ReaderError) {
        self.source = source
        catalogue = try SEVIRCatalogue(path: source.path)
        selection = try SEVIRSelection(catalogue, in: SEVIRFolder(files, catalogue: source), settings)
        try readHeaders()
        isWithoutIDs = headers.values.contains { $0.ids == nil && $0.events == nil }
        for event in selection.events { try add(event) }
        for (reason, count) in reasons.sorted(by: { $0.key < $1.key }) { selection.note(count, reason) }
        guard !events.isEmpty else {
            let all = selection.skipped.map { "\($0.what): \($0.reason)" }.joined(separator: "; ")
            throw ReaderError(.notFound, "no event is left. \(all)", path: source.path)
        }
    }

    var fields: [Field] {
        get throws(ReaderError) {
            var result: [Field] = []
            for (position, type) in selection.types.enumerated() {
                let first = events[0].files[position]
                guard let header = headers[first.path] else { continue }
                for file in Set(events.map { $0.files[position] }) { try checkAlike(file, first, header) }
                result.append(type.field(element: header.element, rows: header.rows, columns: header.columns))
            }
            return result
        }
    }

    var timeAxis: TimeAxis {
        // Single frames are off by one to three minutes; a step of ten is a gap.
        TimeAxis(
            kind: .clock, utcOffsetMinutes: 0, cadence: isThinned ? 600 : 300, tolerance: isThinned ? 240 : 180)
    }

    var notes: [String] {
        var result: [String] = []
        if isWithoutIDs {
            result.append("The files have no `id`: that the catalogue's rows belong to them could not be checked.")
        }
        if isThinned { result.append("The files hold every second frame of the catalogue's times.") }
        return result
    }

    /// The catalogue and the files in use, by name.
    var sources: [Survey.Source] {
        Set([source] + events.flatMap(\.files)).sorted { NaturalOrder.precedes($0.name, $1.name) }
    }

    private func checkAlike(_ file: Survey.Source, _ first: Survey.Source, _ header: SEVIRFileHeader)
        throws(ReaderError)
    {
        guard let other = headers[file.path] else { return }
        if (other.element, other.rows, other.columns) == (header.element, header.rows, header.columns) { return }
        throw ReaderError(
            .damaged,
            "has frames of \(other.rows)x\(other.columns) \(other.element.rawValue), but \(first.name) has "
                + "\(header.rows)x\(header.columns) \(header.element.rawValue); give files of one kind", path: file.path
        )
    }

    private mutating func readHeaders() throws(ReaderError) {
        for event in selection.events {
            for (type, file) in zip(selection.types, event.files) where headers[file.path] == nil {
                headers[file.path] = try SEVIRFileHeader(path: file.path, type: type)
            }
        }
    }

    /// Takes an event in, or counts why not.
    private mutating func add(_ event: SEVIRSelection.Event) throws(ReaderError) {
        guard let time = try catalogue.time(event.rows[0]) else {
            reasons["time_utc is no date", default: 0] += 1
            return
        }
        var times: [FrameTimes] = []
        for (row, file) in zip(event.rows, event.files) {
            guard let header = headers[file.path] else { return }
            try check(row, in: header, file)
            guard let seconds = try frameTimes(row, header, file) else { return }
            times.append(seconds)
        }
        let lengths = Set(times.map(\.count))
        guard lengths.count == 1 else {
            throw ReaderError(
                .usage,
                "event \(event.id) has \(times.map(\.count)) frames in \(selection.types.map(\.rawValue)); "
                    + "take types of one length", path: source.path)
        }
        sequences.append(try sequence(event, time, Set(times).count == 1 ? [times[0]] : times))
        events.append(event)
    }

    /// The event must lie where the row says.
    private func check(
        _ row: SEVIRCatalogue.Row, in header: SEVIRFileHeader, _ file: Survey.Source
    ) throws(ReaderError) {
        if let events = header.events {
            guard !events.contains(row.id) else { return }
            throw fault(row, "\(file.name) has no array for event \(row.id)")
        }
        guard row.fileIndex < header.samples else {
            throw fault(row, "file_index \(row.fileIndex) is beyond the \(header.samples) events of \(file.name)")
        }
        if let ids = header.ids, ids[row.fileIndex] != row.id {
            throw fault(
                row,
                "\(file.name) has event `\(ids[row.fileIndex])` at \(row.fileIndex), where the catalogue says "
                    + "`\(row.id)`; they do not belong together or one is damaged")
        }
    }

    /// Seconds of each frame: `time_utc` and the row's own offsets; those of lightning are fixed.
    private mutating func frameTimes(
        _ row: SEVIRCatalogue.Row, _ header: SEVIRFileHeader, _ file: Survey.Source
    ) throws(ReaderError) -> FrameTimes? {
        guard let time = try catalogue.time(row) else {
            reasons["time_utc is no date", default: 0] += 1
            return nil
        }
        if row.type == .lght { return FrameTimes(SEVIRLightning.frameTimes.map { time + Int64($0) }) }
        guard var minutes = try catalogue.minuteOffsets(row) else {
            reasons["minute_offsets are no whole numbers", default: 0] += 1
            return nil
        }
        if minutes.count != header.frames, minutes.count == 2 * header.frames - 1 {
            minutes = stride(from: 0, to: minutes.count, by: 2).map { minutes[$0] }
            isThinned = true
        }
        guard minutes.count == header.frames else {
            throw fault(row, "\(minutes.count) minute_offsets, but \(file.name) has \(header.frames) frames an event")
        }
        guard zip(minutes, minutes.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            reasons["minute_offsets run backwards", default: 0] += 1
            return nil
        }
        return FrameTimes(minutes.map { time + 60 * Int64($0) })
    }

    private func sequence(
        _ event: SEVIRSelection.Event, _ time: Int64, _ times: [FrameTimes]
    ) throws(ReaderError) -> SequenceSurvey {
        let row = event.rows[0]
        var attributes = try catalogue.attributes(row, time: time)
        var id = event.id
        if isWithoutIDs {
            let stem = SEVIRReader.stem(of: row.fileName)
            attributes["catalogue_id"] = .text(id)
            id = row.type == .lght ? "\(stem)/\(id)" : "\(stem)/\(row.fileIndex)"
        }
        return SequenceSurvey(
            id: id, times: times, group: try catalogue.episode(row), splitTime: time, attributes: attributes)
    }

    private func fault(_ row: SEVIRCatalogue.Row, _ message: String) -> ReaderError {
        catalogue.table.error(message, row.row)
    }
}
