internal import ArrayFiles
internal import SpaceTime

/// SEVIR's prepared extracts: `IN` and `OUT` of the nowcast files, `IN_vil`, `OUT_vil`, `IN_ir069`, … of the challenge's.
///
/// Input and target of a row are one sequence. Their frames are counted: the files do not date them.
struct SEVIRExtractSurvey {
    private let settings: SEVIRSettings
    private let files: SourceFiles
    private let resources: ReadResources
    private var extracts: [SEVIRExtract] = []
    private var skipped: [Survey.Skipped] = []
    private var notes: [String] = []

    init(
        _ sources: [Survey.Source], _ files: SourceFiles, _ settings: SEVIRSettings, _ location: Location
    ) throws(ReaderError) {
        self.settings = settings
        self.files = files
        resources = ReadResources(location)
        for source in sources {
            let (found, passed) = try SEVIRExtract.all(in: source, location, tables: files)
            extracts += found
            skipped += passed
        }
        extracts.sort { NaturalOrder.precedes($0.name, $1.name) }
        guard !extracts.isEmpty else {
            throw ReaderError(
                .notFound, "none of the \(sources.count) files holds IN or OUT arrays of SEVIR's extracts")
        }
        for (one, other) in zip(extracts, extracts.dropFirst()) where one.name == other.name {
            throw ReaderError(.usage, "there are two extracts `\(one.name)`; give one of them", path: other.source.path)
        }
    }

    var source: any SurveyedSource {
        get throws(ReaderError) {
            let types = try chosenTypes()
            var sequences: [SequenceSurvey] = []
            let keys = Set(extracts.flatMap(\.metaColumns))
            for extract in extracts { sequences += try extract.sequences(types, keys: keys) }
            let (rule, note) = SourceSplit.rule(for: &sequences)
            let used = Set(extracts.flatMap(\.sources))
            var survey = Survey(
                format: SEVIRReader.format, variant: extracts.contains(where: \.isChallenge) ? "challenge" : "nowcast",
                title: SEVIRReader.title, citation: SEVIRReader.citation, fields: try fields(types),
                timeAxis: TimeAxis(kind: .counter, cadence: 1, secondsPerCount: 300), sequences: sequences,
                sources: used.sorted { NaturalOrder.precedes($0.name, $1.name) }, skipped: skipped + files.skipped,
                splitRule: rule)
            survey.notes =
                leftOut(types) + (note.map { [$0] } ?? [])
                + ["Rows cut from one event overlap in time; frames are counted, not dated."]
            return FieldSource(survey, fields: types.map { frames($0) })
        }
    }

    /// The types asked for; else the first that is there with those of the same length.
    private func chosenTypes() throws(ReaderError) -> [SEVIRType] {
        let present = SEVIRType.allCases.filter { type in extracts.allSatisfy { $0.frameCount(type) > 0 } }
        guard let first = settings.types?.first ?? present.first else {
            throw ReaderError(
                .notFound, "no type is in all of the extracts \(extracts.map(\.name).joined(separator: ", "))")
        }
        guard let types = settings.types else { return present.filter { haveEqualLengths(first, $0) } }
        for type in types {
            guard present.contains(type) else {
                throw ReaderError(.notFound, "type \(type.rawValue) is not in all of the extracts")
            }
            guard haveEqualLengths(first, type) else {
                throw ReaderError(
                    .usage,
                    "\(first.rawValue) has \(extracts[0].frameCount(first)) frames a row and \(type.rawValue) "
                        + "\(extracts[0].frameCount(type)); take one of them")
            }
        }
        return types
    }

    private func haveEqualLengths(_ one: SEVIRType, _ other: SEVIRType) -> Bool {
        extracts.allSatisfy { $0.frameCount(one) == $0.frameCount(other) }
    }

    private func leftOut(_ types: [SEVIRType]) -> [String] {
        let others = SEVIRType.allCases.filter { type in
            !types.contains(type) && extracts.contains { $0.frameCount(type) > 0 }
        }
        if others.isEmpty { return [] }
        let words = others.map(\.rawValue).joined(separator: ", ")
        return [
            "Not taken: \(words), which have other lengths than \(types[0].rawValue) or were not asked for; --set type=… takes them."
        ]
    }

    private func fields(_ types: [SEVIRType]) throws(ReaderError) -> [Field] {
        var result: [Field] = []
        for type in types {
            let arrays = extracts.flatMap { extract in extract.arrays(type).map { (extract, $0) } }
            guard let first = arrays.first?.1 else { continue }
            for (extract, array) in arrays
            where (array.element, array.rows, array.columns) != (first.element, first.rows, first.columns) {
                throw ReaderError(
                    .damaged,
                    "\(array.name) has frames of \(array.rows)x\(array.columns) \(array.element.rawValue), others "
                        + "\(first.rows)x\(first.columns) \(first.element.rawValue)", path: extract.source.path)
            }
            result.append(type.field(element: first.element, rows: first.rows, columns: first.columns))
        }
        return result
    }

    private func frames(_ type: SEVIRType) -> PieceFrames {
        var places: [any ArrayPlace] = []
        var pieces: [[PieceFrames.Piece]] = []
        for extract in extracts {
            let arrays = extract.arrays(type)
            let first = places.count
            for array in arrays { places.append(HDF5ArrayPlace(path: extract.path, name: array.name, axes: "NHWT")) }
            for row in 0..<extract.rowCount {
                pieces.append(arrays.indices.map { .init(array: first + $0, sample: row, count: arrays[$0].frames) })
            }
        }
        return PieceFrames(places, pieces: pieces, resources)
    }
}
