internal import ArrayFiles
internal import SpaceTime

/// One HDF5 file of a prepared extract, possibly unpacked from an archive into the scratch folder.
struct SEVIRExtract {
    /// An array `IN…` or `OUT…`: row, row of the grid, column, frame.
    struct Array {
        var name: String
        var element: ElementType
        var samples: Int
        var rows: Int
        var columns: Int
        var frames: Int
    }

    /// The file's name without its ending: `nowcast_training_000`.
    let name: String
    /// Where the HDF5 file lies now.
    let path: String
    /// What the user gave.
    let source: Survey.Source
    private(set) var rowCount = 0
    private var arrays: [SEVIRType: [Array]] = [:]
    private var meta: (table: CSVTable, source: Survey.Source)?
    /// The columns of the table beside the file, by the names their attributes have.
    private(set) var metaColumns: [String] = []
    private(set) var isChallenge = false

    /// The extracts in a file: itself, or those packed in it.
    static func all(
        in source: Survey.Source, _ location: Location, tables: SourceFiles
    ) throws(ReaderError) -> ([SEVIRExtract], [Survey.Skipped]) {
        if HDF5File.isHDF5(source.path) {
            return ([try SEVIRExtract(path: source.path, name: SEVIRReader.stem(of: source.name), source, tables)], [])
        }
        // The largest official extract unpacks to some ten gigabytes.
        let scanner = try ArchiveFile(path: source.path, limits: ArchiveLimits(memberBytes: 64 << 30)).scanner()
        var result: [SEVIRExtract] = []
        var skipped: [Survey.Skipped] = []
        while let member = try scanner.next() {
            guard member.prefix.starts(with: [0x89, 0x48, 0x44, 0x46]) else {
                skipped.append(.init("\(source.name)/\(member.name)", reason: "not an HDF5 file"))
                continue
            }
            let path = "\(location.scratch)/sevir-\(UInt64.random(in: 0...UInt64.max)).h5"
            try member.extract(to: path)
            result.append(try SEVIRExtract(path: path, name: SEVIRReader.stem(of: member.name), source, tables))
        }
        return (result, skipped + scanner.skipped)
    }

    private init(
        path: String, name: String, _ source: Survey.Source, _ tables: SourceFiles
    ) throws(ReaderError) {
        self.path = path
        self.name = name
        self.source = source
        let file = try HDF5File(path: path)
        for type in SEVIRType.allCases {
            let suffixed = ["IN_\(type.rawValue)", "OUT_\(type.rawValue)"].filter { file.hasLink($0) }
            if !suffixed.isEmpty { isChallenge = true }
            let names = suffixed.isEmpty && type == .vil ? ["IN", "OUT"].filter { file.hasLink($0) } : suffixed
            for name in names { try add(name, type, in: file) }
        }
        guard !arrays.isEmpty else { throw ReaderError(.damaged, "holds neither IN nor OUT arrays", path: source.path) }
        try readMeta(tables)
    }

    private mutating func add(_ name: String, _ type: SEVIRType, in file: HDF5File) throws(ReaderError) {
        let dataset = try file.dataset(name)
        guard dataset.shape.count == 4, let element = dataset.element else {
            throw ReaderError(
                .damaged, "has shape \(dataset.shape); sample, row, column, frame are needed", path: dataset.place)
        }
        try FrameSize.check(
            rows: dataset.shape[1], columns: dataset.shape[2], frames: dataset.shape[3], path: dataset.place)
        guard arrays.isEmpty || dataset.shape[0] == rowCount else {
            throw ReaderError(
                .damaged, "has \(dataset.shape[0]) samples, other arrays \(rowCount)", path: dataset.place)
        }
        rowCount = dataset.shape[0]
        arrays[type, default: []].append(
            Array(
                name: name, element: element, samples: dataset.shape[0], rows: dataset.shape[1],
                columns: dataset.shape[2], frames: dataset.shape[3]))
    }

    /// `<name>_META.csv`, which has a row for each sample.
    private mutating func readMeta(_ tables: SourceFiles) throws(ReaderError) {
        let wanted = "\(name)_META.csv".lowercased()
        let found = tables.files.first { ($0.name.split(separator: "/").last ?? "").lowercased() == wanted }
        guard let found else { return }
        let table = try CSVTable(path: found.path)
        guard table.rowCount == rowCount else {
            throw ReaderError(
                .damaged,
                "has \(table.rowCount) rows for \(rowCount) samples of \(source.name); take it away to go on without it",
                path: found.path)
        }
        meta = (table, found)
        metaColumns = table.columns.filter { !$0.isEmpty && table.column($0) != nil }.map(SEVIRExtract.key(of:))
    }

    /// Attribute names are of lower-case letters, digits and underscores.
    private static func key(of column: String) -> String {
        "meta_" + String(column.lowercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
    }

    /// Input, then target.
    func arrays(_ type: SEVIRType) -> [Array] { arrays[type] ?? [] }

    func frameCount(_ type: SEVIRType) -> Int { arrays(type).reduce(0) { $0 + $1.frames } }

    var sources: [Survey.Source] { [source] + (meta.map { [$0.source] } ?? []) }

    /// A sequence for each row. `keys`: the attributes that all sequences of the survey have.
    func sequences(_ types: [SEVIRType], keys: Set<String>) throws(ReaderError) -> [SequenceSurvey] {
        let times = FrameTimes(count: frameCount(types[0]))
        let split = SourceSplit.named(in: name) ?? SourceSplit.named(in: source.name)
        var result: [SequenceSurvey] = []
        result.reserveCapacity(rowCount)
        for row in 0..<rowCount {
            var attributes: [String: Scalar] = [
                "file_name": .text(source.name), "file_index": .integer(Int64(row)),
            ]
            for key in keys { attributes[key] = .text("") }
            for (key, value) in try metaValues(row) { attributes[key] = .text(value) }
            var group: String?
            if case .text(let id) = attributes["meta_id"], !id.isEmpty { group = id }
            result.append(
                SequenceSurvey(id: "\(name)/\(row)", times: [times], group: group, split: split, attributes: attributes)
            )
        }
        return result
    }

    private func metaValues(_ row: Int) throws(ReaderError) -> [(String, String)] {
        guard let table = meta?.table else { return [] }
        var result: [(String, String)] = []
        for column in table.columns where !column.isEmpty {
            guard let position = table.column(column) else { continue }
            result.append((SEVIRExtract.key(of: column), try table.text(row, position)))
        }
        return result
    }
}
