internal import ArrayFiles
internal import SpaceTime

/// The frames of RYDL files: one array for each time, named `YYYYMMDDHHMM`.
struct RYDLSurvey {
    /// One frame: the time is its name.
    struct Frame: Hashable, Sendable {
        var time: Int64
        var file: Int
    }

    let frames: [Frame]
    let grid: RainNetGrid
    /// Where the grid was taken from.
    let firstPlace: String
    let sources: [Survey.Source]
    private var skipped: [Survey.Skipped]

    /// - Throws: `.notFound` where no name is a time.
    init(_ found: RainNetFiles) throws(ReaderError) {
        skipped = found.skipped
        sources = found.files
        var frames: [Frame] = []
        for (index, source) in found.files.enumerated() {
            let file = try HDF5File(path: source.path)
            let times = RYDLSurvey.times(in: try file.names(), source, &skipped)
            frames += times.map { Frame(time: $0, file: index) }
        }
        frames.sort { ($0.time, $0.file) < ($1.time, $1.file) }
        guard let first = frames.first else {
            throw ReaderError(
                .notFound, "holds no array named YYYYMMDDHHMM", path: found.files.first?.path)
        }
        let dataset = try HDF5File(path: sources[first.file].path).dataset(RYDLSurvey.name(of: first.time))
        grid = try RainNetGrid(dataset, axes: 2)
        firstPlace = dataset.name
        self.frames = frames
    }

    /// The times that names stand for; other names are reported, the first few one by one.
    private static func times(
        in names: [String], _ source: Survey.Source, _ skipped: inout [Survey.Skipped]
    ) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(names.count)
        var odd: [String] = []
        for name in names {
            if let time = time(of: name) { times.append(time) } else { odd.append(name) }
        }
        skipped += odd.prefix(20).map { .init("\(source.name):\($0)", reason: "its name is no time YYYYMMDDHHMM") }
        if odd.count > 20 {
            skipped.append(.init("\(odd.count - 20) more in \(source.name)", reason: "their names are no times"))
        }
        return times
    }

    static func time(of name: String) -> Int64? {
        name.utf8.count == 12 ? CivilTime.compact(name) : nil
    }

    static func name(of time: Int64) -> String {
        String(
            CivilTime(seconds: time).text.utf8.filter { (0x30...0x39).contains($0) }.prefix(12).map {
                Character(UnicodeScalar($0))
            })
    }

    var survey: Survey {
        Survey(
            format: RainNetReader.format, variant: "rydl", title: "RYDL: RADOLAN RY for deep learning",
            citation: "Ayzel 2020, Zenodo 3629951; Deutscher Wetterdienst (DWD)",
            fields: [field], timeAxis: TimeAxis(kind: .clock, utcOffsetMinutes: 0, cadence: 300),
            sequences: [SequenceSurvey(id: "rydl", times: [FrameTimes(frames.lazy.map(\.time))])],
            sources: sources, skipped: skipped, notes: notes, splitRule: RainNetReader.yearsOfAyzel)
    }

    private var field: Field {
        Field(
            name: "rain", element: grid.element, rows: grid.shape[0], columns: grid.shape[1], units: "mm",
            scale: grid.scale, offset: grid.offset, missing: RYDLCells(grid).missing, rowOrder: .unknown,
            longName: "rain depth in 5 minutes", attributes: ["interval_minutes": .integer(5)])
    }

    private var notes: [String] {
        [
            "negative values become missing; NaN is missing",
            "without --split by year as Ayzel's RainNet: training to 2013, validation 2014-2015, test from 2016",
        ]
    }
}
