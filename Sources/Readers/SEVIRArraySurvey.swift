internal import ArrayFiles
internal import SpaceTime

/// SEVIR in npy arrays: the NuwaDynamics group's (event, frame, row, column), and one file a window.
struct SEVIRArraySurvey {
    private let settings: SEVIRSettings
    private let files: SourceFiles
    private let resources: ReadResources
    private var groups: [SampleGroup] = []
    private var skipped: [Survey.Skipped] = []
    private let type: SEVIRType

    init(
        _ sources: [Survey.Source], _ files: SourceFiles, _ settings: SEVIRSettings, _ location: Location
    ) throws(ReaderError) {
        self.settings = settings
        self.files = files
        resources = ReadResources(location)
        let types = sources.map { SEVIRArraySurvey.type(of: $0) }
        if let wanted = settings.types, wanted.count > 1 {
            throw ReaderError(.usage, "npy arrays of several types cannot be brought together; choose one type")
        }
        guard let type = settings.types?.first ?? SEVIRType.allCases.first(where: types.contains) else {
            throw ReaderError(
                .notFound,
                "no name among the npy files says its type; they begin with vil- or SEVIR_IR069_, for example")
        }
        self.type = type
        for (source, found) in zip(sources, types) {
            if found == type {
                groups.append(try group(source))
            } else {
                skipped.append(
                    .init(source.name, reason: found.map { "of type \($0.rawValue)" } ?? "its name says no type"))
            }
        }
        guard !groups.isEmpty else { throw ReaderError(.notFound, "no npy file is of type \(type.rawValue)") }
    }

    /// The type that a file's name says: `SEVIR_IR069_…`, `vil-2019-…`.
    private static func type(of source: Survey.Source) -> SEVIRType? {
        let last = (source.name.split(separator: "/").last ?? "").lowercased()
        let words = last.split { "_-.".contains($0) }
        return words.prefix(2).lazy.compactMap { SEVIRType(rawValue: String($0)) }.first
    }

    private func group(_ source: Survey.Source) throws(ReaderError) -> SampleGroup {
        let shape = try NPYFile(path: source.path).header.shape
        let stem = String((source.name.split(separator: "/").last ?? "").dropLast(4))
        let event = SEVIRArraySurvey.event(of: stem)
        var place = NPYArrayPlace(path: source.path, axes: "NTHW")
        if event != nil || shape.count == 3 { place.axes = try windowAxes(shape, source) }
        return SampleGroup(
            name: stem, split: SourceSplit.named(in: source.name), parts: [place], sources: [source], group: event,
            isOneSequence: event != nil || shape.count == 3)
    }

    /// `vil-2019-SEVIR_….h5-17` of a window's name; nil where it is none.
    private static func event(of stem: String) -> String? {
        guard let end = stem.range(ofText: ".h5-"), let cut = stem.lastIndex(of: "-"), cut > end else { return nil }
        return String(stem[..<cut])
    }

    /// Of a window's three axes the two alike are row and column.
    private func windowAxes(_ shape: [Int], _ source: Survey.Source) throws(ReaderError) -> String {
        let axes = shape.count == 4 && shape[0] == 1 ? Array(shape.dropFirst()) : shape
        let front = axes.count < shape.count ? "N" : ""
        if axes.count == 3, axes[0] == axes[1], axes[1] != axes[2] { return front + "HWT" }
        if axes.count == 3, axes[1] == axes[2], axes[0] != axes[1] { return front + "THW" }
        throw ReaderError(
            .damaged,
            "has shape \(shape); a window is row, column, frame or frame, row, column with as many rows as columns",
            path: source.path)
    }

    var source: any SurveyedSource {
        get throws(ReaderError) {
            let arrays = try SampleArrays(groups, resources)
            guard arrays.channels == 1 else {
                throw ReaderError(.damaged, "the arrays have \(arrays.channels) channels; SEVIR's types have one")
            }
            var sequences = arrays.sequences
            let (rule, note) = SourceSplit.rule(for: &sequences)
            var survey = Survey(
                format: SEVIRReader.format, variant: "npy", title: SEVIRReader.title, citation: SEVIRReader.citation,
                fields: [type.field(element: arrays.element, rows: arrays.rows, columns: arrays.columns)],
                timeAxis: TimeAxis(kind: .counter, cadence: 1, secondsPerCount: 300), sequences: sequences,
                sources: arrays.sortedSources, skipped: skipped + files.skipped, splitRule: rule)
            survey.notes = ["Frames are counted, not dated."] + (note.map { [$0] } ?? [])
            if groups.contains(where: { $0.group != nil }) {
                survey.notes.append("Windows of one event overlap in time; an event's windows stay in one split.")
            }
            return FieldSource(survey, fields: [arrays.frames(resources)])
        }
    }
}

extension String {
    /// Where a text first stands in this one.
    func range(ofText text: String) -> String.Index? {
        indices.first { self[$0...].hasPrefix(text) }
    }
}
