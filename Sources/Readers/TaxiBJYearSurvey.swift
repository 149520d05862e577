internal import ArrayFiles
internal import SpaceTime

/// TaxiBJ as its authors published it: a file a year, weather and holidays beside them; and its sibling cities.
struct TaxiBJYearSurvey {
    private let settings: TaxiBJSettings
    private let files: SourceFiles
    private let location: Location
    private var years: [TaxiBJYear] = []
    private var weatherFile: Survey.Source?
    private var holidayFile: Survey.Source?
    private var skipped: [Survey.Skipped] = []

    init(_ files: SourceFiles, _ settings: TaxiBJSettings, _ location: Location) throws(ReaderError) {
        self.files = files
        self.settings = settings
        self.location = location
        for file in files.files { try add(file) }
        guard !years.isEmpty else {
            throw ReaderError(
                .notFound,
                "no file with the arrays `data` and `date` is among the \(files.files.count) files given; "
                    + "give the folder with BJ13_M32x32_T30_InOut.h5 and so on")
        }
        years.sort { NaturalOrder.precedes($0.id, $1.id) }
        try checkAlike()
        if settings.onlyCompleteDays { try keepCompleteDays() }
    }

    private mutating func add(_ file: Survey.Source) throws(ReaderError) {
        let last = String(file.name.split(separator: "/").last ?? "").lowercased()
        if last.hasSuffix("holiday.txt") {
            holidayFile = try only(holidayFile, file)
        } else if last.hasSuffix(".h5") || last.hasSuffix(".hdf5") {
            let opened = try HDF5File(path: file.path)
            // By the links' names: one that leads out of the file or nowhere is refused when it is opened, not passed over.
            let names = Set(try opened.names())
            if names.isSuperset(of: ["data", "date"]) {
                years.append(try TaxiBJYear(file, opened))
            } else if names.isSuperset(of: ["Temperature", "date"]) {
                weatherFile = try only(weatherFile, file)
            } else {
                skipped.append(.init(file.name, reason: "holds neither `data` and `date` nor weather"))
            }
        } else {
            skipped.append(.init(file.name, reason: TaxiBJReader.reason(toSkip: last)))
        }
    }

    private func only(_ one: Survey.Source?, _ other: Survey.Source) throws(ReaderError) -> Survey.Source {
        guard let one else { return other }
        throw ReaderError(
            .usage, "lies beside \(one.name), which is of the same kind; give one of them", path: other.path)
    }

    private func checkAlike() throws(ReaderError) {
        let first = years[0]
        for (before, year) in zip(years, years.dropFirst()) {
            guard before.id != year.id else {
                throw ReaderError(
                    .usage, "is called \(year.id) like \(before.source.name); give one of them", path: year.source.path)
            }
            guard year.city == first.city else {
                throw ReaderError(
                    .usage, "is of another city than \(first.source.name); ingest one city at a time",
                    path: year.source.path)
            }
            guard
                (year.element, year.rows, year.columns, year.slots.minutes)
                    == (first.element, first.rows, first.columns, first.slots.minutes)
            else {
                throw ReaderError(
                    .damaged,
                    "has \(year.rows)x\(year.columns) cells of \(year.element.rawValue) every \(year.slots.minutes) "
                        + "minutes, but \(first.source.name) \(first.rows)x\(first.columns) of \(first.element.rawValue) every "
                        + "\(first.slots.minutes); give files of one kind", path: year.source.path)
            }
        }
    }

    private mutating func keepCompleteDays() throws(ReaderError) {
        for index in years.indices {
            try years[index].keepCompleteDays()
            let days = years[index].slots.incompleteDays
            if days > 0 {
                skipped.append(
                    .init(
                        "\(days == 1 ? "1 day" : "\(days) days") of \(years[index].id)",
                        reason: "not all \(years[index].slots.slotsPerDay) slots are there"))
            }
        }
    }

    var source: any SurveyedSource {
        get throws(ReaderError) {
            let isBeijing = years[0].city == "BJ"
            let minutes = years[0].slots.minutes
            var left = skipped
            if !isBeijing {
                for file in [weatherFile, holidayFile].compactMap({ $0 }) {
                    left.append(.init(file.name, reason: "belongs to Beijing, the flows to \(years[0].city)"))
                }
            }
            let covariates =
                isBeijing
                ? try TaxiBJCovariates(weatherFile: weatherFile, holidayFile: holidayFile, minutes: minutes)
                : TaxiBJCovariates()
            let beside = isBeijing ? [weatherFile, holidayFile].compactMap { $0 } : []
            var survey = survey(covariates, skipped: left)
            survey.sources = (years.map(\.source) + beside).sorted { NaturalOrder.precedes($0.name, $1.name) }
            let times = survey.sequences.map { $0.times[0] }
            return FieldSource(survey, fields: [TaxiBJFrames(years, ReadResources(location))]) { part in
                covariates.values(at: times[part.sequence].slice(part.frames).values)
            }
        }
    }

    private func survey(_ covariates: TaxiBJCovariates, skipped: [Survey.Skipped]) -> Survey {
        let first = years[0]
        let sequences = years.map { year in
            SequenceSurvey(id: year.id, times: [year.slots.frameTimes], attributes: ["file": .text(year.source.name)])
        }
        let slot = first.slots.firstSlot == 0 ? "00" : "01"
        var survey = Survey(
            format: TaxiBJReader.format, variant: "yearly", title: TaxiBJReader.title(first.city),
            citation: TaxiBJReader.citation, fields: [TaxiBJReader.flow(first.element, first.rows, first.columns)],
            timeAxis: TimeAxis(
                kind: .clock, utcOffsetMinutes: first.city == "BJ" ? 480 : nil, cadence: Int64(first.slots.minutes) * 60
            ),
            covariates: covariates.survey, sequences: sequences, sources: [], skipped: skipped + files.skipped,
            splitRule: .lastDays(validation: 28, test: 28))
        survey.notes = [
            "Slots of \(first.slots.minutes) minutes, the first of a day being \(slot); times are the city's own clock."
        ]
        let unsorted = years.filter { !$0.slots.isInOrder }.map(\.id)
        if !unsorted.isEmpty {
            survey.notes.append("Not in order of time, put in order: \(unsorted.joined(separator: ", ")).")
        }
        survey.notes += covariates.notes
        return survey
    }
}
