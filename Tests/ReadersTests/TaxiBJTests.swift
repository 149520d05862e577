import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct TaxiBJTests {
    let folder = TemporaryFolder()

    private func source(_ expected: ExpectedContent, _ kind: String, days: String? = nil) throws -> any SurveyedSource {
        var values = expected.set
        if let days { values["days"] = days }
        let reader = try TaxiBJReader(ReaderSettings(values, options: TaxiBJReader.options, format: "taxibj"))
        return try reader.survey(expected.location(kind, folder))
    }

    @Test(
        arguments: [
            "taxibj", "taxibj-nyc", "taxibj-plus", "taxibj-plus-reshaped", "taxibj-urbanfm", "taxibj-openstl",
            "taxibj-predbench", "taxibj-dltraff",
        ], [5, 4000])
    func framesTimesAndSplitsAreThoseThatH5pyAndNumPyRead(_ name: String, capacity: Int) throws {
        let expected = try ExpectedContent.load("sample", name)
        try expected.compare(try source(expected, "sample"), folder, capacity: capacity)
    }

    @Test(.enabled(if: RealData.isThere("taxibj"), RealData.comment), arguments: [7, 4000])
    func realFlowsOfNewYorkAreThoseThatH5pyReads(capacity: Int) throws {
        let expected = try ExpectedContent.load("real", "taxibj-nyc")
        let source = try source(expected, "real")
        try expected.compare(source, folder, capacity: capacity)
        #expect(source.survey.timeAxis.cadence == 3600 && source.survey.timeAxis.utcOffsetMinutes == nil)
    }
}
