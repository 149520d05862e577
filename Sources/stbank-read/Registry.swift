internal import Readers
internal import SpaceTime

/// The formats that can be read.
enum Registry {
    static let readers: [any Reader.Type] = [
        SEVIRReader.self, TaxiBJReader.self, KTHReader.self, RainNetReader.self, PDReader.self, FireSysReader.self,
    ]

    /// Puts size, crop, stride, time and duplicates on top of what a reader found.
    static func select(_ source: any SurveyedSource, _ settings: ReaderSettings) throws -> any SurveyedSource {
        try Selection(settings).applied(to: source)
    }
}
