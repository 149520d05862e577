internal import ArrayFiles
internal import SpaceTime

/// The files of one netCDF data set, looked at: the same variables in each, with their frames and times.
struct NetCDFFiles {
    struct File {
        var source: Survey.Source
        var frames: Int
        var times: NetCDFTimes
    }

    private(set) var files: [File] = []
    private(set) var fields: [Field] = []
    /// The variables as the files name them.
    private(set) var names: [String] = []
    private(set) var notes: [String] = []
    private(set) var skipped: [Survey.Skipped]
    private(set) var form = ""
    private(set) var title = "netCDF"
    private(set) var citation = ""
    private(set) var license = ""
    private var firstPath = ""

    private static let endings = [".nc", ".nc4", ".nc3", ".cdf", ".netcdf"]

    init(_ location: Location, wanted: [String]?) throws(ReaderError) {
        let found = try SourceFiles(location)
        skipped = found.skipped
        for source in found.files {
            let isNamed = location.paths.contains(source.path)
            guard isNamed || Self.endings.contains(where: source.name.lowercased().hasSuffix) else {
                skipped.append(.init(source.name, reason: "its name is not that of a netCDF file (.nc)"))
                continue
            }
            SourceTrace.note(source.path)
            try add(NetCDFFile(path: source.path), source, wanted: wanted)
        }
        guard !files.isEmpty else {
            throw ReaderError(
                .notFound, "there are no netCDF files (*.nc) with the variable", path: location.paths.first)
        }
        if files.contains(where: { $0.times.values == nil }), files.contains(where: { $0.times.values != nil }) {
            note(
                "Some files do not say their times: time is a frame counter over the files in the order of their names."
            )
        }
    }

    private mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    private mutating func add(_ file: NetCDFFile, _ source: Survey.Source, wanted: [String]?) throws(ReaderError) {
        if names.isEmpty { try begin(file, wanted: wanted) }
        if form != file.form.rawValue { form = "mixed" }
        var frames: Int?
        var times: NetCDFTimes?
        for (index, name) in names.enumerated() {
            guard let variable = file.variable(name) else {
                skipped.append(.init(source.name, reason: "has no variable \(name)"))
                return
            }
            let found = try NetCDFField(variable, in: file)
            try agree(found.field, with: fields[index], file.path)
            let time = variable.dimensions.first { $0.name == found.axes.time }
            let count = time?.length ?? 1
            guard frames == nil || frames == count else {
                throw ReaderError(.damaged, "\(names[0]) has \(frames ?? 0) frames, \(name) \(count)", path: file.path)
            }
            frames = count
            if times == nil { times = try NetCDFTimes(time?.name, count: count, in: file) }
        }
        guard let frames, let times else { return }
        if let text = times.note { note(text) }
        files.append(File(source: source, frames: frames, times: times))
    }

    private mutating func begin(_ file: NetCDFFile, wanted: [String]?) throws(ReaderError) {
        let choice = try NetCDFChoice(file, wanted: wanted)
        names = choice.names
        form = file.form.rawValue
        firstPath = file.path
        if let text = choice.note { note(text) }
        for name in names {
            guard let variable = file.variable(name) else { continue }
            let found = try NetCDFField(variable, in: file)
            fields.append(found.field)
            found.notes.forEach { note($0) }
        }
        if Set(fields.map(\.name)).count < fields.count {
            throw ReaderError(.usage, "two variables come to the same field name; take one of them", path: file.path)
        }
        func text(_ name: String) -> String? {
            if case .text(let text)? = file.attributes[name]?.first { text } else { nil }
        }
        title = text("title") ?? title
        citation = text("references") ?? ""
        license = text("license") ?? text("licence") ?? ""
    }

    /// Frames of one field have one shape, one type and one meaning.
    private func agree(_ field: Field, with first: Field, _ path: String) throws(ReaderError) {
        let one = [first.channels, first.rows, first.columns]
        let other = [field.channels, field.rows, field.columns]
        guard one == other, first.element == field.element else {
            throw ReaderError(
                .damaged,
                "\(field.name) is \(field.element) \(other) here but \(first.element) \(one) in \(firstPath); "
                    + "give files of one grid", path: path)
        }
        guard first.scale == field.scale, first.offset == field.offset else {
            throw ReaderError(
                .damaged,
                "\(field.name) is packed with \(field.scale), \(field.offset) here but with \(first.scale), "
                    + "\(first.offset) in \(firstPath); unpack the files to one packing (ncpdq -U, or xarray)",
                path: path)
        }
        guard first.missing == field.missing else {
            throw ReaderError(.damaged, "\(field.name) has other missing values than in \(firstPath)", path: path)
        }
    }
}
