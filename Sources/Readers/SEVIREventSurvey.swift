internal import ArrayFiles
internal import SpaceTime

/// SEVIR's HDF5 files by type without their catalogue: ids from the files, frames counted instead of dated.
struct SEVIREventSurvey {
    /// One event as one type has it.
    private struct Place {
        var file: Survey.Source
        var position: Int
        var frames: Int
    }

    private let settings: SEVIRSettings
    private let files: SourceFiles
    private let location: Location
    private var headers: [SEVIRType: [(file: Survey.Source, header: SEVIRFileHeader)]] = [:]
    private var skipped: [Survey.Skipped] = []
    private let types: [SEVIRType]

    init(
        _ sources: [Survey.Source], _ files: SourceFiles, _ settings: SEVIRSettings, _ location: Location
    ) throws(ReaderError) {
        self.settings = settings
        self.files = files
        self.location = location
        var found: [SEVIRType: [(Survey.Source, SEVIRFileHeader)]] = [:]
        for source in sources {
            guard let type = try SEVIREventSurvey.type(of: source) else {
                skipped.append(.init(source.name, reason: "holds none of \(SEVIRType.words.joined(separator: ", "))"))
                continue
            }
            found[type, default: []].append((source, try SEVIRFileHeader(path: source.path, type: type)))
        }
        headers = found
        guard let first = SEVIRType.allCases.first(where: { found[$0] != nil }) else {
            throw ReaderError(
                .notFound, "none of the \(sources.count) HDF5 files holds \(SEVIRType.words.joined(separator: ", "))")
        }
        types = settings.types ?? [first]
        if let absent = types.first(where: { found[$0] == nil }) {
            throw ReaderError(.notFound, "no file holds the type \(absent.rawValue)")
        }
    }

    /// The type that a file holds: an array of that name, or lightning by the file's name.
    private static func type(of source: Survey.Source) throws(ReaderError) -> SEVIRType? {
        let file = try HDF5File(path: source.path)
        if let type = SEVIRType.allCases.first(where: { file.isDataset($0.rawValue) }) { return type }
        return source.name.uppercased().contains("LGHT") ? .lght : nil
    }

    var source: any SurveyedSource {
        get throws(ReaderError) {
            var places: [[String: Place]] = []
            var doubled = 0
            for type in types {
                let (found, lost) = try self.places(type)
                places.append(found)
                doubled += lost
            }
            let ids = places[0].keys.filter { id in places.allSatisfy { $0[id] != nil } }
            let events = ids.sorted { SEVIREventSurvey.precedes(places[0], $0, $1) }
            guard !events.isEmpty else { throw ReaderError(.notFound, "no event is in the files of all types chosen") }
            var survey = try survey(events, places)
            if doubled > 0 {
                let what = SEVIRSelection.events(doubled)
                survey.skipped.append(.init(what, reason: "the id occurs twice for one type"))
            }
            let resources = SEVIRReader.resources(location)
            let fields = types.indices.map { index -> any FieldFrames in
                if types[index] == .lght {
                    return SEVIRLightningFrames(
                        events.map { .init(path: places[index][$0]?.file.path ?? "", event: $0) })
                }
                return SEVIRFrames(
                    types[index],
                    events.map {
                        .init(path: places[index][$0]?.file.path ?? "", position: places[index][$0]?.position ?? 0)
                    },
                    resources)
            }
            return FieldSource(survey, fields: fields)
        }
    }

    /// The events of one type by id, and how many ids occur twice, which are left out.
    private func places(_ type: SEVIRType) throws(ReaderError) -> ([String: Place], doubled: Int) {
        var result: [String: Place] = [:]
        var doubled: Set<String> = []
        for (file, header) in headers[type] ?? [] {
            for (position, id) in try ids(header, file).enumerated() {
                let place = Place(file: file, position: position, frames: header.frames)
                if result.updateValue(place, forKey: id) != nil { doubled.insert(id) }
            }
        }
        for id in doubled { result[id] = nil }
        return (result, doubled.count)
    }

    private func ids(_ header: SEVIRFileHeader, _ file: Survey.Source) throws(ReaderError) -> [String] {
        if let events = header.events { return events.sorted(by: NaturalOrder.precedes) }
        if let ids = header.ids { return ids }
        guard types.count == 1 else {
            throw ReaderError(
                .usage, "has no `id`, so that types cannot be brought together; choose one type", path: file.path)
        }
        return (0..<header.samples).map { "\(SEVIRReader.stem(of: file.name))/\($0)" }
    }

    private static func precedes(_ places: [String: Place], _ one: String, _ other: String) -> Bool {
        guard let left = places[one], let right = places[other] else { return one < other }
        if left.file.name != right.file.name { return NaturalOrder.precedes(left.file.name, right.file.name) }
        return left.position < right.position
    }

    private func survey(_ events: [String], _ places: [[String: Place]]) throws(ReaderError) -> Survey {
        var sequences: [SequenceSurvey] = []
        for id in events {
            guard let place = places[0][id] else { continue }
            guard places.allSatisfy({ $0[id]?.frames == place.frames }) else {
                throw ReaderError(
                    .usage, "event \(id) has unlike numbers of frames in \(types.map(\.rawValue)); take one type")
            }
            sequences.append(
                SequenceSurvey(
                    id: id, times: [FrameTimes(count: place.frames)],
                    attributes: ["file_name": .text(place.file.name), "file_index": .integer(Int64(place.position))]))
        }
        let isLowResolution = headers[types[0]]?.contains { $0.header.ids == nil && $0.header.events == nil } ?? false
        let step: Double = headers[types[0]]?.first?.header.frames == 25 ? 600 : 300
        let used = Set(events.flatMap { id in places.compactMap { $0[id]?.file } })
        var survey = Survey(
            format: SEVIRReader.format, variant: isLowResolution ? "lr" : "events", title: SEVIRReader.title,
            citation: SEVIRReader.citation, fields: try fields(),
            timeAxis: TimeAxis(kind: .counter, cadence: 1, secondsPerCount: step), sequences: sequences,
            sources: used.sorted { NaturalOrder.precedes($0.name, $1.name) }, skipped: skipped + files.skipped,
            splitRule: .group(.init(train: 80, validation: 10, test: 10)))
        survey.notes = [
            "There is no CATALOG.csv: frames are counted, not dated, and without --split events are drawn 80/10/10."
        ]
        return survey
    }

    private func fields() throws(ReaderError) -> [Field] {
        var result: [Field] = []
        for type in types {
            guard let all = headers[type], let first = all.first else { continue }
            for (file, header) in all
            where (header.element, header.rows, header.columns) != (
                first.header.element, first.header.rows, first.header.columns
            ) {
                throw ReaderError(
                    .damaged,
                    "has frames of \(header.rows)x\(header.columns) \(header.element.rawValue), but \(first.file.name) has "
                        + "\(first.header.rows)x\(first.header.columns) \(first.header.element.rawValue)",
                    path: file.path)
            }
            result.append(
                type.field(element: first.header.element, rows: first.header.rows, columns: first.header.columns))
        }
        return result
    }
}
