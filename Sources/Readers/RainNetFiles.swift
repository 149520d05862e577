internal import ArrayFiles
internal import SpaceTime

/// The user's files of one variant of RainNet.
struct RainNetFiles {
    let variant: RainNetReader.Variant
    let files: [Survey.Source]
    let skipped: [Survey.Skipped]

    /// - Throws: `.usage` where several variants lie together; `.notFound` where there is none.
    init(_ location: Location, wanted: RainNetReader.Variant?) throws(ReaderError) {
        let all = try SourceFiles(location)
        var skipped = all.skipped
        var kinds: [RainNetReader.Variant: [Survey.Source]] = [:]
        var others: [Survey.Source] = []
        for file in all.files {
            guard RainNetFiles.isHDF5(file) else {
                others.append(file)
                continue
            }
            if let kind = try RainNetFiles.variant(ofHDF5: file) {
                kinds[kind, default: []].append(file)
            } else {
                skipped.append(.init(file.name, reason: "an HDF5 file of none of RainNet's forms"))
            }
        }
        let isExpected = wanted == .radolan || kinds.isEmpty
        if try isExpected ? true : RainNetFiles.holdsRADOLAN(others) {
            kinds[.radolan] = others
        } else {
            try RainNetFiles.checkNames(of: others)
            skipped += others.map { .init($0.name, reason: "holds no frames") }
        }
        variant = try RainNetFiles.choice(of: wanted, among: kinds, location)
        for (kind, left) in kinds where kind != variant {
            skipped += left.map { .init($0.name, reason: "not of the variant \(wanted?.rawValue ?? "")") }
        }
        files = kinds[variant] ?? []
        self.skipped = skipped.sorted { NaturalOrder.precedes($0.what, $1.what) }
    }

    /// - Throws: `.damaged` where one is called HDF5 and is none: what it held would be missing without a word.
    private static func checkNames(of others: [Survey.Source]) throws(ReaderError) {
        for file in others where isNamedLikeHDF5(file) {
            throw ReaderError(
                .damaged, "is named as HDF5 and is none: it is empty, cut off or damaged; get it anew, or take it away",
                path: file.path)
        }
    }

    private static func isNamedLikeHDF5(_ file: Survey.Source) -> Bool {
        [".h5", ".hdf5", ".hdf", "hd5"].contains { file.name.hasSuffix($0) }
    }

    private static func choice(
        of wanted: RainNetReader.Variant?, among kinds: [RainNetReader.Variant: [Survey.Source]], _ location: Location
    ) throws(ReaderError) -> RainNetReader.Variant {
        if let wanted {
            if kinds[wanted]?.isEmpty == false { return wanted }
            throw ReaderError(
                .notFound, "no file of the variant \(wanted.rawValue) was found", path: location.paths.first)
        }
        let found = kinds.filter { !$0.value.isEmpty }.sorted { $0.key.rawValue < $1.key.rawValue }
        guard let first = found.first else {
            throw ReaderError(.notFound, "no file of RainNet was found", path: location.paths.first)
        }
        guard found.count == 1 else {
            let list = found.map { "\($0.key.rawValue) (`\($0.value[0].name)`)" }.joined(separator: ", ")
            throw ReaderError(
                .usage, "holds several variants: \(list); choose one with --set variant=\(first.key.rawValue)",
                path: location.paths.first)
        }
        return first.key
    }

    /// By the first bytes; a file named like HDF5 may also have a block of the user's before them.
    private static func isHDF5(_ file: Survey.Source) -> Bool {
        let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]
        if let bytes = try? ArchivePeek(ArchiveFileBytes(path: file.path)).prefix, bytes.starts(with: signature) {
            return true
        }
        return isNamedLikeHDF5(file) && HDF5File.isHDF5(file.path)
    }

    /// nil for HDF5 files of other kinds.
    private static func variant(ofHDF5 source: Survey.Source) throws(ReaderError) -> RainNetReader.Variant? {
        let file = try HDF5File(path: source.path)
        if file.isGroup("dataset1") { return .odim }
        // By the links' names: one that leads out of the file or nowhere is refused when it is opened, not passed over.
        let names = try file.names()
        if Set(names).isSuperset(of: ["highres", "lowres"]) { return .downscaling }
        if names.contains("__len__") { return .patches }
        return names.contains { RYDLSurvey.time(of: $0) != nil } ? .rydl : nil
    }

    private static func holdsRADOLAN(_ files: [Survey.Source]) throws(ReaderError) -> Bool {
        for file in files {
            if try isRADOLAN(file) { return true }
        }
        return false
    }

    private static func isRADOLAN(_ file: Survey.Source) throws(ReaderError) -> Bool {
        if RADOLANScan.isNamedLikeRADOLAN(file.name) { return true }
        let scanner = try ArchiveFile(path: file.path, limits: RADOLANScan.limits).scanner()
        guard let member = try scanner.next() else { return false }
        return RADOLANHeader.isLikely(member.prefix) || RADOLANScan.isNamedLikeRADOLAN(member.name)
    }

    /// Puts files in the order of their stems, which become IDs.
    /// - Throws: `.usage` where two have the same.
    func byStem() throws(ReaderError) -> [Survey.Source] {
        let ordered = files.map { (stem: RainNetFiles.stem(of: $0.name), file: $0) }
            .sorted { NaturalOrder.precedes($0.stem, $1.stem) }
        for (one, next) in zip(ordered, ordered.dropFirst()) where one.stem == next.stem {
            throw ReaderError(
                .usage,
                "has the same name as `\(one.file.name)`, which would give two sequences of one ID; give one of them",
                path: next.file.path)
        }
        return ordered.map(\.file)
    }

    /// The last part of a name without its ending.
    static func stem(of name: String) -> String {
        let last = name.split(separator: "/").last ?? ""
        return String(last.lastIndex(of: ".").map { last[..<$0] } ?? last)
    }
}
