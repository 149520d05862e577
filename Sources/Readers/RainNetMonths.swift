internal import ArrayFiles
internal import SpaceTime

/// The downscaling set of Chen et al. 2022: a file a month, `highres` and `lowres`, row, column, hour.
struct RainNetMonths {
    /// A month's file.
    struct Month: Sendable {
        var id: String
        /// Its first hour.
        var start: Int64
        var year: Int
        var file: HDF5File
        var hours: Int
    }

    static let arrays = ["highres", "lowres"]

    let months: [Month]
    private let fields: [Field]
    private let sources: [Survey.Source]
    private let skipped: [Survey.Skipped]

    /// - Throws: `.damaged` for names that are no month, arrays of unlike grids and unlike numbers of hours.
    init(_ found: RainNetFiles) throws(ReaderError) {
        var months: [Month] = []
        var grids: [RainNetGrid] = []
        sources = try found.byStem()
        for source in sources {
            let file = try HDF5File(path: source.path)
            let datasets = try RainNetMonths.datasets(of: file)
            let hours = datasets[0].shape[2]
            guard datasets.allSatisfy({ $0.shape[2] == hours }) else {
                throw ReaderError(
                    .damaged, "highres has \(hours) hours, lowres \(datasets[1].shape[2])", path: source.path)
            }
            let kinds = try datasets.map { (dataset) throws(ReaderError) in try RainNetMonths.frameGrid(dataset) }
            if grids.isEmpty { grids = kinds }
            for (position, grid) in kinds.enumerated() {
                try grids[position].check(grid, of: datasets[position], against: months.first?.id ?? "")
            }
            months.append(try RainNetMonths.month(source, file, hours))
        }
        self.months = months
        fields = zip(RainNetMonths.arrays, grids).map { RainNetMonths.field($0, $1) }
        skipped = found.skipped
    }

    private static func datasets(of file: HDF5File) throws(ReaderError) -> [HDF5Dataset] {
        try arrays.map { (name) throws(ReaderError) in
            let dataset = try file.dataset(name)
            _ = try RainNetGrid(dataset, axes: 3)
            return dataset
        }
    }

    /// The grid of a single frame.
    private static func frameGrid(_ dataset: HDF5Dataset) throws(ReaderError) -> RainNetGrid {
        var grid = try RainNetGrid(dataset, axes: 3)
        grid.shape.removeLast()
        return grid
    }

    /// `2002_07.hdf5` is July 2002.
    private static func month(
        _ source: Survey.Source, _ file: HDF5File, _ hours: Int
    ) throws(ReaderError) -> Month {
        let id = RainNetFiles.stem(of: source.name)
        let parts = id.split(separator: "_").map { Int($0) }
        guard parts.count == 2, id.utf8.count == 7, let year = parts[0], let month = parts[1],
            let start = CivilTime.seconds(year: year, month: month, day: 1)
        else {
            throw ReaderError(
                .damaged, "its name tells no month: files of this form are named YYYY_MM.hdf5", path: source.path)
        }
        return Month(id: id, start: start, year: year, file: file, hours: hours)
    }

    private static func field(_ name: String, _ grid: RainNetGrid) -> Field {
        Field(
            name: name, element: grid.element, rows: grid.shape[0], columns: grid.shape[1], scale: grid.scale,
            offset: grid.offset, missing: grid.missing,
            longName: name == "highres" ? "hourly rain, fine grid" : "hourly rain, coarse grid")
    }

    var survey: Survey {
        let sequences = months.map { month in
            SequenceSurvey(
                id: month.id, times: [FrameTimes(start: month.start, step: 3600, count: month.hours)],
                group: "\(month.year)")
        }
        return Survey(
            format: RainNetReader.format, variant: "downscaling", title: "RainNet for downscaling",
            citation: "Chen et al. 2022, RainNet: a large-scale imagery dataset for spatial precipitation downscaling",
            fields: fields, timeAxis: TimeAxis(kind: .clock, utcOffsetMinutes: nil, cadence: 3600),
            sequences: sequences, sources: sources, skipped: skipped,
            notes: [
                "hours are counted from the first of the month; the source states neither time zone nor unit",
                "without --split by year as Ayzel's RainNet: training to 2013, validation 2014-2015, test from 2016",
            ], splitRule: RainNetReader.yearsOfAyzel)
    }
}

/// Reads one of the two fields of the monthly files. Time is their fastest axis.
final class RainNetMonthFrames: FieldFrames {
    private let months: [RainNetMonths.Month]
    private let array: String
    private let resources: ReadResources
    private var open: (sequence: Int, frames: FrameArray)?

    init(_ months: RainNetMonths, array: String, _ location: Location) {
        self.months = months.months
        self.array = array
        resources = ReadResources(location)
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        if open?.sequence != sequence {
            // What was read ahead of the month before goes first.
            open = nil
            let dataset = try months[sequence].file.dataset(array)
            open = (sequence, try FrameArray(dataset, axes: "HWT", resources: resources))
        }
        try open?.frames.frames(frames, sample: 0, into: buffer)
    }
}
