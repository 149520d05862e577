internal import ArrayFiles
internal import SpaceTime

/// Sorts the files the user gave by what SEVIR's forms call them.
struct SEVIRFileKinds {
    /// Which form is to be read, and from which files.
    enum Found {
        /// `CATALOG.csv` and the files it names.
        case catalogue(Survey.Source)
        /// HDF5 files by type without a catalogue.
        case events([Survey.Source])
        /// HDF5 files of inputs and targets, also packed.
        case extracts([Survey.Source])
        /// npy arrays.
        case arrays([Survey.Source])
    }

    private let files: [Survey.Source]
    private let catalogues: [Survey.Source]
    private var events: [Survey.Source] = []
    private var extracts: [Survey.Source] = []
    private var arrays: [Survey.Source] = []

    /// - Parameter given: the paths the user named; a table among them is the catalogue, whatever its name.
    init(_ files: SourceFiles, given: [String]) throws(ReaderError) {
        self.files = files.files
        let named = files.files.filter { given.contains($0.path) && $0.name.lowercased().hasSuffix(".csv") }
        catalogues = named.isEmpty ? files.files.filter { SEVIRFileKinds.isCatalogue($0.name) } : named
    }

    private static func isCatalogue(_ name: String) -> Bool {
        let last = (name.split(separator: "/").last ?? "").lowercased()
        return last.hasPrefix("catalog") && last.hasSuffix(".csv")
    }

    /// The form asked for, else the first that is there: catalogue, extracts, files by type, arrays.
    mutating func variant(_ settings: SEVIRSettings) throws(ReaderError) -> Found {
        switch settings.variant {
        case .catalogue: return .catalogue(try theCatalogue())
        case .auto where !catalogues.isEmpty: return .catalogue(try theCatalogue())
        case .lr where !catalogues.isEmpty: return .catalogue(try theCatalogue())
        default: break
        }
        if settings.needsCatalogue {
            throw ReaderError(
                .usage, "kind, pct_missing and years need CATALOG.csv, which is not there; add it or leave them out")
        }
        try sortFiles()
        switch settings.variant {
        case .nowcast, .challenge: return .extracts(try some(extracts, "an HDF5 file with IN and OUT"))
        case .npy: return .arrays(try some(arrays, "an npy file"))
        case .lr, .events: return .events(try some(events, "an HDF5 file with a SEVIR type"))
        default: return try firstFound()
        }
    }

    private func firstFound() throws(ReaderError) -> Found {
        if !extracts.isEmpty { return .extracts(extracts) }
        if !events.isEmpty { return .events(events) }
        return .arrays(try some(arrays, "CATALOG.csv, nor an HDF5 or npy file of SEVIR's"))
    }

    private func theCatalogue() throws(ReaderError) -> Survey.Source {
        if catalogues.count > 1, let official = catalogues.first(where: { $0.name == "CATALOG.csv" }) {
            return official
        }
        guard catalogues.count <= 1 else {
            let names = catalogues.map(\.name).joined(separator: ", ")
            throw ReaderError(
                .usage, "there are several catalogues: \(names); give one of them as a file, with its folder")
        }
        guard let only = catalogues.first else { throw notFound("CATALOG.csv") }
        return only
    }

    private func some(_ sources: [Survey.Source], _ what: String) throws(ReaderError) -> [Survey.Source] {
        if sources.isEmpty { throw notFound(what) }
        return sources
    }

    private func notFound(_ what: String) -> ReaderError {
        ReaderError(
            .notFound,
            "no \(what) is among the \(files.count) files given; give SEVIR's folder with CATALOG.csv and data/")
    }

    /// Looks into the HDF5 files: names do not tell extracts from files by type.
    private mutating func sortFiles() throws(ReaderError) {
        for file in files {
            let name = file.name.lowercased()
            if name.hasSuffix(".npy") {
                arrays.append(file)
            } else if [".tar.gz", ".tgz", ".tar", ".zip", ".h5.gz"].contains(where: name.hasSuffix) {
                extracts.append(file)
            } else if name.hasSuffix(".h5") || name.hasSuffix(".hdf5") {
                let file5 = try HDF5File(path: file.path)
                if SEVIRFileKinds.isExtract(file5) { extracts.append(file) } else { events.append(file) }
            }
        }
    }

    static func isExtract(_ file: HDF5File) -> Bool {
        (["IN", "OUT"] + SEVIRType.words.flatMap { ["IN_\($0)", "OUT_\($0)"] }).contains { file.hasLink($0) }
    }
}
