internal import ArrayFiles
package import SpaceTime

/// Reads TaxiBJ, TaxiBJ+ and the arrays made from them: inflow and outflow of taxis in the cells of a city.
package struct TaxiBJReader: Reader {
    package static let format = "taxibj"
    package static let version = 1
    package static let options = TaxiBJSettings.options

    static let citation =
        "J. Zhang, Y. Zheng, D. Qi: Deep Spatio-Temporal Residual Networks for Citywide Crowd Flows Prediction. AAAI 2017."

    private let settings: TaxiBJSettings

    package init(_ settings: ReaderSettings) throws(ReaderError) {
        self.settings = try TaxiBJSettings(settings)
    }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let files = try SourceFiles(location)
        let variant = settings.variant == .auto ? try TaxiBJReader.variant(files) : settings.variant
        if variant == .yearly || variant == .auto { return try TaxiBJYearSurvey(files, settings, location).source }
        if settings.onlyCompleteDays {
            throw ReaderError(.usage, "--set days=complete needs the slots' dates, which only the yearly files have")
        }
        return try TaxiBJArraySurvey(variant, files, location).source()
    }

    /// The form that the names of the files speak for.
    private static func variant(_ files: SourceFiles) throws(ReaderError) -> TaxiBJSettings.Variant {
        let names = files.files.map { String($0.name.split(separator: "/").last ?? "").lowercased() }
        if names.contains(where: { $0.hasSuffix(".h5") || $0.hasSuffix(".hdf5") }) { return .yearly }
        if names.contains(where: { $0.hasSuffix(".npz") }) { return .openstl }
        if names.contains("x_c.npy") { return .strn }
        if names.contains(where: { $0.hasSuffix("_data_reshaped.npy") }) { return .reshaped }
        if names.contains("x.npy"), names.contains("y.npy") { return .urbanfm }
        if names.contains("train.npy") || names.contains("test.npy") || names.contains("val.npy") { return .predbench }
        if names.contains(where: isDLTraff) { return .dltraff }
        if let labels = files.files.first(where: { isTimestamps($0.name.lowercased()) && $0.name.hasSuffix(".npy") }) {
            throw ReaderError(
                .damaged,
                "is a pickled list of Python objects, which is refused: it could run any program; it holds no flows, "
                    + "give TaxiBJ13.npy and so on", path: labels.path)
        }
        return .yearly
    }

    /// `taxibj13.npy`.
    static func isDLTraff(_ name: String) -> Bool {
        guard name.hasPrefix("taxi"), name.hasSuffix(".npy") else { return false }
        return name.dropLast(4).suffix(2).allSatisfy(\.isNumber) && !isTimestamps(name)
    }

    static func isTimestamps(_ name: String) -> Bool { name.contains("timestamps") }

    /// Why a file beside the flows is not read.
    static func reason(toSkip name: String) -> String {
        if isTimestamps(name), name.hasSuffix(".npy") { return "a pickled list of Python objects, which is never read" }
        if name.contains("md5") { return "checksums" }
        return "no part of this form of TaxiBJ"
    }

    /// What is left out besides the files in use.
    static func skipped(_ files: SourceFiles, except used: Set<Survey.Source>) -> [Survey.Skipped] {
        let others = files.files.filter { !used.contains($0) }
        return others.map { .init($0.name, reason: reason(toSkip: lastName($0.name).lowercased())) } + files.skipped
    }

    static func lastName(_ name: String) -> String { name.split(separator: "/").last.map(String.init) ?? name }

    static func title(_ city: String) -> String { city == "BJ" ? "TaxiBJ" : "Taxi\(city)" }

    static func flow(_ element: ElementType, _ rows: Int, _ columns: Int) -> Field {
        Field(
            name: "flow", element: element, channels: 2, rows: rows, columns: columns,
            channelNames: ["inflow", "outflow"],
            longName: "taxis that enter and leave a cell in one slot")
    }
}
