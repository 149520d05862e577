package import SpaceTime

/// RainNet in the forms people have: RYDL HDF5, RADOLAN binaries, ODIM HDF5, and the downscaling set of the same name.
///
/// The form is told from the content; the setting `variant` forces one.
package struct RainNetReader: Reader {
    package static let format = "rainnet"
    package static let version = 1

    /// Training 2006-2013, validation 2014-2015, test from 2016 (Ayzel 2020).
    static let yearsOfAyzel = SplitRule.frameDates(validationFrom: 1_388_534_400, testFrom: 1_451_606_400)

    /// The same years for sequences that are not cut: those that begin before 2014, before 2016, and later.
    static let yearsOfAyzelBySequence = SplitRule.sequenceDates(
        validationAfter: 1_388_534_399, testAfter: 1_451_606_399)

    enum Variant: String, CaseIterable {
        case rydl, radolan, odim, downscaling, patches
    }

    package static let options: [ReaderOption] = [
        ReaderOption(
            "variant", .choice(Variant.allCases.map(\.rawValue)), standard: "told from the content",
            help: "The form of the files; others beside them are passed over."),
        ReaderOption(
            "product", .choice(RADOLANProduct.all.map { $0.name.lowercased() }), standard: "the only one there is",
            help: "RADOLAN: which product to take where files of several lie together."),
        ReaderOption(
            "clutter", .choice(["keep", "missing"]), standard: "keep",
            help: "RADOLAN: whether two-byte cells flagged as clutter keep their value."),
        ReaderOption(
            "quantity", .text, standard: "the only one there is",
            help: "ODIM: which quantity to take where files hold several, such as rate or dbzh."),
    ]

    let variant: Variant?
    let product: String?
    let quantity: String?
    let takesClutterAsMissing: Bool

    package init(_ settings: ReaderSettings) throws(ReaderError) {
        if let word = settings["variant"] {
            guard let variant = Variant(rawValue: word) else {
                throw ReaderError(.usage, "`rainnet` has no variant `\(word)`")
            }
            self.variant = variant
        } else {
            variant = nil
        }
        product = settings["product"]?.uppercased()
        quantity = settings["quantity"]
        takesClutterAsMissing = settings["clutter"] == "missing"
    }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let found = try RainNetFiles(location, wanted: variant)
        switch found.variant {
        case .radolan: return try radolan(found, location)
        case .rydl:
            let rydl = try RYDLSurvey(found)
            return FieldSource(rydl.survey, fields: [RYDLFrames(rydl, location)])
        case .odim:
            let odim = try ODIMSurvey(found, quantity: quantity)
            return FieldSource(odim.survey, fields: [ODIMFrames(odim, location)])
        case .downscaling:
            let months = try RainNetMonths(found)
            let fields = RainNetMonths.arrays.map { RainNetMonthFrames(months, array: $0, location) }
            return FieldSource(months.survey, fields: fields)
        case .patches:
            let patches = try RainNetPatches(found)
            let fields = RainNetPatches.suffixes.indices.map { RainNetPatchFrames(patches, position: $0, location) }
            return FieldSource(patches.survey, fields: fields)
        }
    }

    private func radolan(_ found: RainNetFiles, _ location: Location) throws(ReaderError) -> any SurveyedSource {
        let scan = try RADOLANScan(found.files, threads: location.threads)
        let contents = try RADOLANContents(scan, product: product, path: location.paths.first ?? "")
        let survey = contents.survey(files: found.files, skipped: found.skipped + scan.skipped)
        let frames = RADOLANFrames(
            contents, files: found.files, isSingle: scan.isSingle, takesClutterAsMissing: takesClutterAsMissing,
            location)
        return FieldSource(survey, fields: [frames])
    }
}
