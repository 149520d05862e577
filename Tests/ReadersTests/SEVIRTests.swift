import Foundation
import Readers
import SpaceTime
import Testing

@Suite struct SEVIRTests {
    let folder = TemporaryFolder()

    @Test(
        arguments: [
            "sevir", "sevir-types-vil", "sevir-types-ir069", "sevir-types-ir107", "sevir-types-vis", "sevir-types-lght",
            "sevir-types-vil-ir069", "sevir-types-all", "sevir-spreadsheet", "sevir-chunked", "sevir-nowcast",
            "sevir-challenge", "sevir-challenge-packed", "sevir-lr", "sevir-windows", "sevir-nuwa",
        ], [3, 1000])
    func framesTimesAndSplitsAreThoseThatH5pyReads(_ name: String, capacity: Int) throws {
        let expected = try ExpectedContent.load("sample", name)
        let reader = try SEVIRReader(ReaderSettings(expected.set, options: SEVIRReader.options, format: "sevir"))
        let source = try reader.survey(expected.location("sample", folder))
        try expected.compare(source, folder, capacity: capacity)
        #expect(source.survey.sources.allSatisfy { !$0.name.hasPrefix("/") })
        let keys = Set(source.survey.sequences.map { Set($0.attributes.keys) })
        #expect(keys.count == 1)
    }
}
