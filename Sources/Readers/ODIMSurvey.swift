internal import ArrayFiles
internal import SpaceTime

/// The grids of one quantity in ODIM HDF5 files, in order of time.
struct ODIMSurvey {
    struct Frame: Hashable, Sendable {
        var time: Int64
        var file: Int
        var dataset: String
    }

    let frames: [Frame]
    let layout: ODIMGrid.Layout
    let files: [Survey.Source]
    private let place: [String: Scalar]
    private let skipped: [Survey.Skipped]

    /// - Parameter wanted: the quantity to take; nil where there must be one only.
    /// - Throws: `.usage` for several quantities; `.damaged` for grids of unlike kinds.
    init(_ found: RainNetFiles, quantity wanted: String?) throws(ReaderError) {
        files = found.files
        skipped = found.skipped
        var all: [(file: Int, grid: ODIMGrid)] = []
        for (index, file) in files.enumerated() {
            all += try ODIMFile(path: file.path).grids.map { (index, $0) }
        }
        let quantities = Set(all.map(\.grid.layout.quantity)).sorted()
        guard let quantity = try ODIMSurvey.choice(of: wanted, among: quantities, found.files) else {
            throw ReaderError(.notFound, "holds no `datasetN/dataM/data`", path: found.files.first?.path)
        }
        let chosen = all.filter { $0.grid.layout.quantity == quantity }
        layout = chosen[0].grid.layout
        place = try ODIMFile(path: files[chosen[0].file].path).place
        for (file, grid) in chosen where grid.layout != layout {
            throw ReaderError(
                .damaged,
                "\(grid.dataset) is \(grid.layout.summary), but that of `\(files[chosen[0].file].name)` is "
                    + "\(layout.summary); give them separately", path: files[file].path)
        }
        frames = chosen.map { Frame(time: $0.grid.time, file: $0.file, dataset: $0.grid.dataset) }
            .enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }.map(\.element)
    }

    private static func choice(
        of wanted: String?, among quantities: [String], _ files: [Survey.Source]
    ) throws(ReaderError) -> String? {
        let list = quantities.map { $0.lowercased() }.joined(separator: ", ")
        if let wanted {
            if let found = quantities.first(where: { $0.lowercased() == wanted.lowercased() }) { return found }
            throw ReaderError(.usage, "--set quantity=\(wanted): there are only \(list)", path: files.first?.path)
        }
        guard quantities.count <= 1 else {
            throw ReaderError(
                .usage, "holds several quantities (\(list)); choose one with --set quantity=…", path: files.first?.path)
        }
        return quantities.first
    }

    var survey: Survey {
        let used = Set(frames.map(\.file)).sorted().map { files[$0] }
        return Survey(
            format: RainNetReader.format, variant: "odim", title: "ODIM composite, \(layout.quantity)",
            citation: "Deutscher Wetterdienst (DWD)", fields: [field],
            timeAxis: TimeAxis(kind: .clock, utcOffsetMinutes: 0, cadence: cadence),
            sequences: [SequenceSurvey(id: name, times: [FrameTimes(frames.map(\.time))])],
            sources: used, skipped: skipped, notes: notes, splitRule: RainNetReader.yearsOfAyzel)
    }

    /// The quantity in the letters that field names may have.
    private var name: String {
        let letters = layout.quantity.lowercased().utf8.map { byte -> Character in
            let isPlain = (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte)
            return isPlain ? Character(UnicodeScalar(byte)) : "_"
        }
        return letters.first?.isLetter == true ? String(letters) : "q" + String(letters)
    }

    /// The step that occurs most often, the shorter of equals.
    private var cadence: Int64? {
        let steps = zip(frames, frames.dropFirst()).map { $1.time - $0.time }.filter { $0 > 0 }
        let counts = Dictionary(steps.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    private var field: Field {
        var attributes: [String: Scalar] = [:]
        for key in ["projdef", "xscale", "yscale", "LL_lon", "LL_lat", "UL_lon", "UL_lat"] {
            if let value = place[key] { attributes[key] = value }
        }
        if let undetect = layout.undetect { attributes["undetect"] = undetect }
        return Field(
            name: name, element: layout.element, rows: layout.rows, columns: layout.columns,
            units: ODIMSurvey.units[layout.quantity.uppercased()] ?? "1", scale: layout.gain, offset: layout.offset,
            missing: layout.nodata.map { [$0] } ?? [], rowOrder: .northFirst,
            longName: "ODIM quantity \(layout.quantity)", attributes: attributes)
    }

    /// Units of the ODIM data information model.
    private static let units = ["RATE": "mm h-1", "ACRR": "mm", "DBZH": "dBZ", "TH": "dBZ", "DBZV": "dBZ", "TV": "dBZ"]

    private var notes: [String] {
        var notes = ["row 0 is the northern edge; times are UTC; the cadence is the step that occurs most often"]
        if let physical = layout.physicalUndetect, physical != 0, let stored = layout.undetect?.number {
            notes.append(
                "stored \(stored) means `undetect` (seen, nothing there) and would read as \(physical): it is kept apart "
                    + "from no data, as the attribute `undetect` of the field says")
        }
        if layout.nodata == nil { notes.append("the files state no `nodata` value that their type can hold") }
        return notes
    }
}

/// Reads ODIM grids, several at a time.
final class ODIMFrames: FieldFrames {
    private let survey: ODIMSurvey
    private let location: Location

    init(_ survey: ODIMSurvey, _ location: Location) {
        self.survey = survey
        self.location = location
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let layout = survey.layout
        let size = layout.rows * layout.columns * layout.element.byteCount
        let inner = ReadResources(threads: frames.count > 1 ? 1 : location.threads, scratch: location.scratch)
        try RainNetWorkers.perform(frames.count, threads: location.threads) { (index) throws(ReaderError) in
            let frame = survey.frames[frames.lowerBound + index]
            let dataset = try HDF5File(path: survey.files[frame.file].path).dataset(frame.dataset)
            guard dataset.shape == [layout.rows, layout.columns], dataset.element == layout.element else {
                throw ReaderError(.damaged, "changed while it was being ingested; start again", path: dataset.place)
            }
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[index * size..<(index + 1) * size])
            try dataset.readAll(into: target, using: inner)
        }
    }
}
