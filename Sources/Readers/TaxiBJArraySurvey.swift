internal import ArrayFiles
internal import SpaceTime

/// Arrays made from TaxiBJ: samples of input and target by split, years without dates.
struct TaxiBJArraySurvey {
    private let variant: TaxiBJSettings.Variant
    private let files: SourceFiles
    private let location: Location
    private let resources: ReadResources

    init(
        _ variant: TaxiBJSettings.Variant, _ files: SourceFiles, _ location: Location
    ) throws(ReaderError) {
        self.variant = variant
        self.files = files
        self.location = location
        resources = ReadResources(location)
    }

    func source() throws(ReaderError) -> any SurveyedSource {
        switch variant {
        case .urbanfm: return try TaxiBJCoarseAndFine(files, location).source()
        case .dltraff: return try TaxiBJUndatedYears(files, location).source()
        case .openstl: return try samples(try openSTL(), step: "Frames are scaled to -1..1 and stay so.")
        case .predbench:
            return try samples(try whole(), step: "Frames were divided by 1250 by who made the arrays and stay so.")
        case .reshaped: return try samples(try reshaped(), step: nil)
        default:
            return try samples(
                try folders(),
                step: "The axis of 24 is taken as 12 frames of 2 flows, as EarthFarseer's notebook reads it.")
        }
    }

    private func samples(_ groups: [SampleGroup], step note: String?) throws(ReaderError) -> any SurveyedSource {
        guard !groups.isEmpty else {
            throw ReaderError(
                .notFound, "no array of the form \(variant.rawValue) is among the \(files.files.count) files given")
        }
        let arrays = try SampleArrays(groups, resources)
        guard arrays.channels == 2 else {
            throw ReaderError(
                .damaged, "has \(arrays.channels) channels; inflow and outflow are needed",
                path: groups[0].sources[0].path)
        }
        var sequences = arrays.sequences
        let (rule, splitNote) = SourceSplit.rule(for: &sequences)
        let frames = sequences[0].frameCount
        var survey = Survey(
            format: TaxiBJReader.format, variant: variant.rawValue, title: "TaxiBJ", citation: TaxiBJReader.citation,
            fields: [TaxiBJReader.flow(arrays.element, arrays.rows, arrays.columns)],
            timeAxis: TimeAxis(kind: .counter, cadence: 1, secondsPerCount: 1800), sequences: sequences,
            sources: arrays.sortedSources, skipped: TaxiBJReader.skipped(files, except: arrays.sources),
            splitRule: rule, defaultInputFrames: min(10, frames / 2), defaultTargetFrames: min(10, frames - frames / 2))
        survey.notes = ["Frames are counted, not dated; samples of one split overlap in time."]
        survey.notes += [note, splitNote].compactMap { $0 }
        let negative =
            variant == .openstl
            ? nil : PieceFrames.Inspection(what: "negative flows, kept as they are", count: NegativeValues.count)
        return FieldSource(survey, fields: [arrays.frames(resources, inspection: negative)])
    }

    /// STRN: `TaxiBJ/train/X_c.npy` and `Y.npy`, (sample, 24, row, column).
    private func folders() throws(ReaderError) -> [SampleGroup] {
        var groups: [SampleGroup] = []
        for input in files.files where TaxiBJReader.lastName(input.name) == "X_c.npy" {
            let folder = String(input.name.dropLast("X_c.npy".count))
            let sources = [input, try beside(input, "\(folder)Y.npy")]
            var parts: [any ArrayPlace] = []
            for source in sources { parts.append(try TaxiBJArraySurvey.unfolded(source)) }
            let name = folder.split(separator: "/").last.map(String.init) ?? "all"
            groups.append(
                SampleGroup(name: name, split: SourceSplit.split(of: name.lowercased()), parts: parts, sources: sources)
            )
        }
        return groups
    }

    /// Two flows a frame on one axis: (sample, frames times 2, row, column).
    private static func unfolded(_ source: Survey.Source) throws(ReaderError) -> NPYArrayPlace {
        let shape = try NPYFile(path: source.path).header.shape
        guard shape.count == 4, shape[1] % 2 == 0 else {
            throw ReaderError(
                .damaged, "has shape \(shape); sample, frames times two flows, row, column are needed",
                path: source.path)
        }
        return NPYArrayPlace(
            path: source.path, axes: "NTCHW", shape: [shape[0], shape[1] / 2, 2, shape[2], shape[3]])
    }

    private func beside(_ input: Survey.Source, _ name: String) throws(ReaderError) -> Survey.Source {
        if let found = files[name] { return found }
        throw ReaderError(
            .notFound, "has no \(TaxiBJReader.lastName(name)) beside it, which holds the target", path: input.path)
    }

    /// `train_input_data_reshaped.npy` and `train_output_data_reshaped.npy`, (sample, frame, 2, row, column).
    private func reshaped() throws(ReaderError) -> [SampleGroup] {
        var groups: [SampleGroup] = []
        let ending = "_input_data_reshaped.npy"
        for input in files.files where input.name.hasSuffix(ending) {
            let stem = String(input.name.dropLast(ending.count))
            let sources = [input, try beside(input, "\(stem)_output_data_reshaped.npy")]
            let name = TaxiBJReader.lastName(stem)
            groups.append(
                SampleGroup(
                    name: name, split: SourceSplit.named(in: name),
                    parts: sources.map { NPYArrayPlace(path: $0.path, axes: "NTCHW") }, sources: sources))
        }
        return groups
    }

    /// PredBench: `train.npy`, `val.npy`, `test.npy`, (sample, frame, 2, row, column).
    private func whole() throws(ReaderError) -> [SampleGroup] {
        var groups: [SampleGroup] = []
        for file in files.files where file.name.hasSuffix(".npy") {
            let name = SEVIRReader.stem(of: file.name)
            guard let split = SourceSplit.split(of: name.lowercased()) else { continue }
            groups.append(
                SampleGroup(
                    name: name, split: split, parts: [NPYArrayPlace(path: file.path, axes: "NTCHW")], sources: [file]))
        }
        return groups
    }

    /// OpenSTL: `X_train`, `Y_train`, `X_test`, `Y_test` in one npz.
    private func openSTL() throws(ReaderError) -> [SampleGroup] {
        let archives = files.files.filter { $0.name.lowercased().hasSuffix(".npz") }
        guard archives.count == 1, let archive = archives.first else {
            throw ReaderError(.usage, "one npz file is needed, \(archives.count) are there")
        }
        let file = try NPZFile(path: archive.path)
        var groups: [SampleGroup] = []
        for name in ["train", "val", "test"] {
            guard let input = file["X_\(name)"] else { continue }
            guard let target = file["Y_\(name)"] else {
                throw ReaderError(.damaged, "holds X_\(name) but not Y_\(name)", path: archive.path)
            }
            groups.append(
                SampleGroup(
                    name: name, split: SourceSplit.split(of: name),
                    parts: [input, target].map { NPZArrayPlace(file: file, entry: $0, axes: "NTCHW") },
                    sources: [archive, archive]))
        }
        return groups
    }
}
