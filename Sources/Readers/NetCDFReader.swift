internal import ArrayFiles
package import SpaceTime

/// CF netCDF, classic and netCDF-4: gridded variables as fields, all files joined in time to one sequence.
package struct NetCDFReader: Reader {
    package static let format = "netcdf"
    package static let version = 1

    package static let options: [ReaderOption] = [
        ReaderOption(
            "variable", .text, standard: "the first with two dimensions that is no coordinate",
            help: "The variables to take, joined by commas; each becomes a field.")
    ]

    private let wanted: [String]?

    package init(_ settings: ReaderSettings) throws(ReaderError) {
        wanted = settings.list("variable")
        if let wanted, wanted.isEmpty || Set(wanted).count < wanted.count {
            throw ReaderError(.usage, "--set variable=…: name each variable once")
        }
    }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let found = try NetCDFFiles(location, wanted: wanted)
        let timeline = NetCDFTimeline(found.files.map { ($0.frames, $0.times.values) })
        let path = location.paths.first
        guard timeline.times.count > 0 else { throw ReaderError(.notFound, "holds no frames", path: path) }
        var axis = TimeAxis(kind: timeline.isClock ? .clock : .counter, cadence: timeline.cadence)
        if timeline.isClock { axis.utcOffsetMinutes = 0 }
        let sequence = SequenceSurvey(id: found.names[0], times: [timeline.times])
        var survey = Survey(
            format: Self.format, variant: found.form, title: found.title, citation: found.citation,
            license: found.license, fields: found.fields, timeAxis: axis, sequences: [sequence],
            sources: found.files.map(\.source), skipped: found.skipped,
            splitRule: .time(.init(train: 80, validation: 10, test: 10)))
        survey.notes = found.notes
        let resources = ReadResources(location)
        let fields = found.names.map { name -> any FieldFrames in
            NetCDFFrames(name, files: found.files.map(\.source.path), timeline: timeline, resources)
        }
        return FieldSource(survey, fields: fields)
    }
}

/// Delivers one variable's frames from the files of a timeline.
private final class NetCDFFrames: FieldFrames {
    private let name: String
    private let files: [String]
    private let timeline: NetCDFTimeline
    private let resources: ReadResources
    private var open: (file: Int, array: FrameArray)?

    init(_ name: String, files: [String], timeline: NetCDFTimeline, _ resources: ReadResources) {
        self.name = name
        self.files = files
        self.timeline = timeline
        self.resources = resources
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        var start = 0
        for run in timeline.runs(in: frames) {
            let array = try array(run.file)
            let end = start + run.count * array.frameByteCount
            guard run.first + run.count <= array.frames, end <= buffer.count else {
                throw ReaderError(.damaged, "changed while it was read", path: files[run.file])
            }
            let part = UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end])
            try array.frames(run.first..<(run.first + run.count), sample: 0, into: part)
            start = end
        }
    }

    private func array(_ index: Int) throws(ReaderError) -> FrameArray {
        if let open, open.file == index { return open.array }
        open = nil
        SourceTrace.note(files[index])
        let file = try NetCDFFile(path: files[index])
        guard let variable = file.variable(name) else {
            throw ReaderError(.damaged, "changed while it was read: \(name) is gone", path: files[index])
        }
        let order = NetCDFAxes(variable, in: file).order
        let array = try FrameArray(file.source(of: variable), axes: order, resources: resources)
        open = (index, array)
        return array
    }
}
