internal import SpaceTime

struct SEVIRArraySurvey {
    init(
        _ sources: [Survey.Source], _ files: SourceFiles, _ settings: SEVIRSettings, _ location: Location
    ) throws(ReaderError) { throw ReaderError(.notFound, "") }
    var source: any SurveyedSource { get throws(ReaderError) { throw ReaderError(.notFound, "") } }
}
