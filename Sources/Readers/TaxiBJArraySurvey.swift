internal import SpaceTime

struct TaxiBJArraySurvey {
    init(_ variant: TaxiBJSettings.Variant, _ files: SourceFiles, _ location: Location) throws(ReaderError) {
        throw ReaderError(.notFound, "")
    }
    var source: any SurveyedSource { get throws(ReaderError) { throw ReaderError(.notFound, "") } }
}
