internal import ArrayFiles
internal import SpaceTime

/// DL-Traff's arrays: `TaxiBJ13.npy`, (slot, row, column, 2), complete days one behind the other. Their labels are lost but
/// where `TaxiBJ_timestamps.txt` lies beside them: a label `YYYYMMDDSS` a line, an empty line between years.
struct TaxiBJUndatedYears {
    private let files: SourceFiles
    private let resources: ReadResources
    private var groups: [SampleGroup] = []
    private var labels: (slots: [TaxiBJSlots], source: Survey.Source)?

    init(_ files: SourceFiles, _ location: Location) throws(ReaderError) {
        self.files = files
        resources = ReadResources(location)
        for file in files.files where TaxiBJReader.isDLTraff(TaxiBJReader.lastName(file.name).lowercased()) {
            groups.append(
                SampleGroup(
                    name: SEVIRReader.stem(of: file.name), parts: [NPYArrayPlace(path: file.path, axes: "THWC")],
                    sources: [file], isOneSequence: true))
        }
        guard !groups.isEmpty else {
            throw ReaderError(.notFound, "no TaxiBJ13.npy or the like is among the \(files.files.count) files given")
        }
        let table = files.files.first { $0.name.hasSuffix(".txt") && TaxiBJReader.isTimestamps($0.name.lowercased()) }
        if let table { labels = (try TaxiBJUndatedYears.slots(table), table) }
    }

    private static func slots(_ file: Survey.Source) throws(ReaderError) -> [TaxiBJSlots] {
        let bytes = try SourceFiles.bytes(of: file.path, atMost: 64 << 20)
        var years: [[String]] = [[]]
        for line in bytes.split(separator: 10, omittingEmptySubsequences: false) {
            let text = String(decoding: line, as: UTF8.self).filter { $0 != "\r" && $0 != " " }
            if !text.isEmpty {
                years[years.count - 1].append(text)
            } else if years.last?.isEmpty == false {
                years.append([])
            }
        }
        var result: [TaxiBJSlots] = []
        for year in years where !year.isEmpty { result.append(try TaxiBJSlots(year, minutes: 30, path: file.path)) }
        return result
    }

    func source() throws(ReaderError) -> any SurveyedSource {
        let arrays = try SampleArrays(groups, resources)
        guard arrays.channels == 2 else {
            throw ReaderError(
                .damaged, "has \(arrays.channels) channels; inflow and outflow are needed",
                path: groups[0].sources[0].path)
        }
        var sequences = arrays.sequences
        for index in sequences.indices { try date(&sequences[index]) }
        let isDated = labels != nil
        let used = arrays.sources.union(labels.map { [$0.source] } ?? [])
        var survey = Survey(
            format: TaxiBJReader.format, variant: "dltraff", title: "TaxiBJ", citation: TaxiBJReader.citation,
            fields: [TaxiBJReader.flow(arrays.element, arrays.rows, arrays.columns)],
            timeAxis: isDated
                ? TimeAxis(kind: .clock, utcOffsetMinutes: 480, cadence: 1800)
                : TimeAxis(kind: .counter, cadence: 1, secondsPerCount: 1800),
            sequences: sequences, sources: used.sorted { NaturalOrder.precedes($0.name, $1.name) },
            skipped: TaxiBJReader.skipped(files, except: used),
            splitRule: isDated
                ? .lastDays(validation: 28, test: 28) : .time(.init(train: 80, validation: 10, test: 10)))
        survey.notes =
            isDated
            ? ["Dates are those of \(labels?.source.name ?? "")."]
            : [
                "Slots are counted, not dated: the arrays hold complete days only, so that a day may follow one that is not its "
                    + "neighbour. Lay TaxiBJ_timestamps.txt beside them to date them."
            ]
        let negative = PieceFrames.Inspection(what: "negative flows, kept as they are", count: NegativeValues.count)
        return FieldSource(survey, fields: [arrays.frames(resources, inspection: negative)])
    }

    /// Gives a year the labels of the year that its name ends with; BJ16 begins in 2015 and ends in 2016.
    private func date(_ sequence: inout SequenceSurvey) throws(ReaderError) {
        guard let labels else { return }
        let year = Int(sequence.id.suffix(2)).map { 2000 + $0 }
        let found = labels.slots.first { slots in
            slots.times.last.map { CivilTime(seconds: $0).year } == year
        }
        guard let found, found.times.count == sequence.frameCount else {
            throw ReaderError(
                .damaged,
                "has \(found?.times.count ?? 0) labels for the \(sequence.frameCount) slots of \(sequence.id); take it "
                    + "away to go on without dates", path: labels.source.path)
        }
        guard found.isInOrder else {
            throw ReaderError(
                .damaged, "the labels of \(sequence.id) are not in order of time", path: labels.source.path)
        }
        sequence.times = [FrameTimes(found.times)]
    }
}
