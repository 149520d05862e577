internal import ArrayFiles
package import SpaceTime

/// Reads SEVIR: catalogue and HDF5 files by type, and the extracts made from them.
package struct SEVIRReader: Reader {
    package static let format = "sevir"
    package static let version = 1
    package static let options = SEVIRSettings.options

    static let title = "SEVIR: Storm EVent ImagRy"
    static let citation =
        "M. Veillette, S. Samsi, C. Mattioli: SEVIR: A Storm Event Imagery Dataset for Deep Learning Applications in Radar and "
        + "Satellite Meteorology. NeurIPS 2020."

    private let settings: SEVIRSettings

    package init(_ settings: ReaderSettings) throws(ReaderError) {
        self.settings = try SEVIRSettings(settings)
    }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let files = try SEVIRReader.files(location)
        var found = try SEVIRFileKinds(files, given: location.paths)
        switch try found.variant(settings) {
        case .catalogue(let catalogue): return try withCatalogue(files, catalogue, location)
        case .events(let sources): return try SEVIREventSurvey(sources, files, settings, location).source
        case .extracts(let sources): return try SEVIRExtractSurvey(sources, files, settings, location).source
        case .arrays(let sources): return try SEVIRArraySurvey(sources, files, settings, location).source
        }
    }

    /// The files given; where that is a catalogue alone, those of its folder.
    private static func files(_ location: Location) throws(ReaderError) -> SourceFiles {
        let files = try SourceFiles(location)
        guard files.files.count == 1, let only = files.files.first, location.paths == [only.path],
            only.name.lowercased().hasSuffix(".csv")
        else { return files }
        let folder = String(only.path.dropLast(only.name.count))
        return try SourceFiles(paths: [folder.isEmpty ? "." : folder])
    }

    private func withCatalogue(
        _ files: SourceFiles, _ catalogue: Survey.Source, _ location: Location
    ) throws(ReaderError) -> any SurveyedSource {
        let found = try SEVIRCatalogueSurvey(files, catalogue: catalogue, settings)
        let types = found.selection.types
        var survey = Survey(
            format: Self.format, variant: found.isWithoutIDs ? "lr" : "catalogue", title: Self.title,
            citation: Self.citation, fields: try found.fields, timeAxis: found.timeAxis, sequences: found.sequences,
            sources: found.sources, skipped: found.selection.skipped + files.skipped,
            splitRule: Self.splitRule)
        survey.notes = found.notes
        let others = files.files.count - survey.sources.count
        if others > 0 { survey.notes.append("Left alone: \(others) files of the folder that hold nothing chosen.") }
        let resources = Self.resources(location)
        let fields = types.indices.map { position -> any FieldFrames in
            if types[position] == .lght {
                return SEVIRLightningFrames(
                    found.events.map { .init(path: $0.files[position].path, event: $0.rows[position].id) })
            }
            let places = found.events.map { event in
                SEVIRFrames.Place(
                    path: event.files[position].path, position: event.rows[position].fileIndex,
                    dataMax: types[position] == .vil && !found.isWithoutIDs
                        ? found.catalogue.dataMax(event.rows[position]) : nil)
            }
            return SEVIRFrames(types[position], places, resources)
        }
        return FieldSource(survey, fields: fields)
    }

    /// Memory for one event of the largest type, `vis`, whose 58 MB would else go through a scratch file.
    static func resources(_ location: Location) -> ReadResources {
        ReadResources(threads: location.threads, scratch: location.scratch, budget: 64 << 20)
    }

    /// Earthformer's dates; the boundaries themselves belong to the part before them.
    private static var splitRule: SplitRule {
        .sequenceDates(validationAfter: 1_546_300_800, testAfter: 1_559_347_200)
    }

    /// The last part of a path without its ending.
    static func stem(of path: String) -> String {
        let last = path.split(separator: "/").last ?? ""
        return String(last.lastIndex(of: ".").map { last[..<$0] } ?? last)
    }
}
