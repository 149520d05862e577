package import SpaceTime

/// Reads PD, pictures of a pollutant plume in a town: numbered pictures or a GIF a case, and ST-GasNet's arrays.
///
/// One sequence a case; row 0 is the top; pictures are 5 seconds apart. Values of pictures are colours of a map, not
/// concentrations.
package struct PDReader: Reader {
    package static let format = "pd"
    package static let version = 1
    package static let options = [
        ReaderOption(
            "variant", .choice(["pictures", "gif", "gasnet"]), standard: "the one that is there",
            help: "pictures: a folder of frame_1.png, … a case; gif: an animated GIF a case; gasnet: ST-GasNet's HDF5")
    ]

    enum Variant: String, CaseIterable {
        case pictures, gif, gasnet
    }

    private let settings: ReaderSettings

    package init(_ settings: ReaderSettings) throws(ReaderError) { self.settings = settings }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let files = try SourceFiles(location)
        switch try choose(PDReader.variants(in: files), location) {
        case .pictures: return try PDPictures.source(files, location, settings)
        case .gif: return try PDFilms.source(files, location, settings)
        case .gasnet: return try PDArrays(files, location, settings).source()
        }
    }

    private func choose(_ found: [Variant], _ location: Location) throws(ReaderError) -> Variant {
        if let wanted = settings["variant"].flatMap(Variant.init) { return wanted }
        guard let first = found.first else {
            let message = "no PD here: neither folders of frame_1.png, frame_2.png, … nor GIFs nor ST-GasNet's HDF5"
            throw ReaderError(.notFound, message, path: location.paths.first)
        }
        guard found.count == 1 else {
            let names = found.map(\.rawValue).joined(separator: " and ")
            throw ReaderError(
                .usage, "\(names) lie side by side; say which with --set variant=\(first.rawValue)",
                path: location.paths.first)
        }
        return first
    }

    private static func variants(in files: SourceFiles) -> [Variant] {
        var found: Set<Variant> = []
        for file in files.files {
            switch PictureName.suffix(of: file.name) {
            case "gif": found.insert(.gif)
            case "h5", "hdf5": found.insert(.gasnet)
            case let suffix where PictureFolder.suffixes.contains(suffix):
                if PDPictures.number(PictureName.stem(of: file.name)) != nil { found.insert(.pictures) }
            default: break
            }
        }
        return Variant.allCases.filter(found.contains)
    }
}

/// What a case's name says: `U10_Pos_4_Deg_135` is wind of 10 m/s, source place 4, wind direction 135 degrees.
struct PDCase {
    /// Unique in the survey.
    var id: String
    /// Folder or file inside the data set.
    var file: String
    /// The case's own name.
    var name: String

    /// In the units of the names; nil where the name does not say it.
    private var settings: (wind: Int64, position: Int64, degrees: Int64)? {
        let words = name.lowercased().split { !$0.isLetter && !$0.isNumber }
        func number(after word: String) -> Int64? {
            for (index, part) in words.enumerated() where part.hasPrefix(word) {
                let rest = part.dropFirst(word.count)
                if let number = PictureName.number(rest) { return number }
                if rest.isEmpty, index + 1 < words.count { return PictureName.number(words[index + 1]) }
            }
            return nil
        }
        guard let wind = number(after: "u"), let position = number(after: "pos"), let degrees = number(after: "deg")
        else {
            return nil
        }
        return (wind, position, degrees)
    }

    /// Attributes of all cases: with wind, position and degrees where every name says them, since all have the same keys.
    static func attributes(_ cases: [PDCase]) -> [[String: Scalar]] {
        let settings = cases.compactMap(\.settings)
        return cases.indices.map { index in
            var result: [String: Scalar] = ["file": .text(cases[index].file)]
            guard settings.count == cases.count else { return result }
            result["wind"] = .integer(settings[index].wind)
            result["position"] = .integer(settings[index].position)
            result["degrees"] = .integer(settings[index].degrees)
            return result
        }
    }

    /// Names as IDs where they differ, else the whole names inside the data set.
    static func distinct(_ cases: [PDCase]) -> [PDCase] {
        guard Set(cases.map(\.id)).count < cases.count else { return cases }
        return cases.map { PDCase(id: $0.file.isEmpty ? $0.id : $0.file, file: $0.file, name: $0.name) }
    }
}

/// What the survey of all PD variants has in common.
enum PDSurvey {
    static let citation =
        "PaddlePaddle AI Studio data sets 195317 and 198102, data-driven pollutant diffusion; used by NuwaDynamics (ICLR 2024)"

    /// A case's frames are pictures.
    static func pictures(
        _ variant: PDReader.Variant, field: Field, cases: [(case: PDCase, frameCount: Int)], sources: [Survey.Source],
        skipped: [Survey.Skipped], notes: [String]
    ) -> Survey {
        let attributes = PDCase.attributes(cases.map(\.case))
        let sequences = zip(cases, attributes).map { entry, attributes in
            SequenceSurvey(
                id: entry.case.id, times: [FrameTimes(count: entry.frameCount)], group: entry.case.id,
                attributes: attributes)
        }
        return Survey(
            format: PDReader.format, variant: variant.rawValue, title: "PD, pollutant diffusion in a town",
            citation: citation, license: "unknown", fields: [field],
            timeAxis: TimeAxis(kind: .counter, cadence: 1, secondsPerCount: 5), sequences: sequences, sources: sources,
            skipped: skipped, notes: notes + lengths(cases),
            splitRule: .group(.init(train: 80, validation: 10, test: 10)), defaultInputFrames: 6, defaultTargetFrames: 6
        )
    }

    private static func lengths(_ cases: [(case: PDCase, frameCount: Int)]) -> [String] {
        guard let least = cases.map(\.frameCount).min(), let largest = cases.map(\.frameCount).max() else { return [] }
        return least == largest ? [] : ["the cases have \(least) to \(largest) frames"]
    }
}
