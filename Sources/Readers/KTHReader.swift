package import SpaceTime

/// Reads the KTH action clips: films with their index, folders of extracted pictures, HDF5 shards.
///
/// One sequence a clip, its luma as stored, 8 bits, row 0 the top. A clip that is damaged is left out and named, as one of
/// the published ones is.
package struct KTHReader: Reader {
    package static let format = "kth"
    package static let version = 1
    package static let options = [
        ReaderOption(
            "variant", .choice(["clips", "pictures", "shards"]), standard: "the one that is there",
            help: "clips: AVI or MP4; pictures: a folder of numbered JPEG or PNG a clip; shards: MCVD's HDF5"),
        ReaderOption(
            "gray", .choice(["stored", "stretched"]), standard: "stored",
            help:
                "stored: the luma of the film; stretched: (Y - 16) * 255 / 219 as ffmpeg and OpenCV make gray; clips only"
        ),
    ]

    enum Variant: String, CaseIterable {
        case clips, pictures, shards
    }

    private let settings: ReaderSettings

    package init(_ settings: ReaderSettings) throws(ReaderError) {
        self.settings = settings
        if settings["gray"] == "stretched", let variant = settings["variant"], variant != "clips" {
            throw KTHReader.grayIsForClips
        }
    }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let files = try SourceFiles(location)
        let found = KTHReader.variants(in: files)
        let variant = try choose(found, location)
        let isStretched = settings["gray"] == "stretched"
        if isStretched, variant != .clips { throw KTHReader.grayIsForClips }
        switch variant {
        case .clips: return try KTHClips(files, location).source(isStretched: isStretched, settings)
        case .pictures: return try KTHPictures(files, location).source(settings)
        case .shards: return try KTHShards(files, location, settings).source()
        }
    }

    private func choose(_ found: [Variant], _ location: Location) throws(ReaderError) -> Variant {
        if let wanted = settings["variant"].flatMap(Variant.init) { return wanted }
        guard let first = found.first else {
            let message =
                "no KTH clips here: neither films (person01_boxing_d1_uncomp.avi) nor folders of pictures "
                + "(person01_boxing_d1_uncomp/image_0001.jpg) nor shards (shard_0001.hdf5)"
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
            let suffix = PictureName.suffix(of: file.name)
            if KTHClips.suffixes.contains(suffix) { found.insert(.clips) }
            if KTHShards.suffixes.contains(suffix) { found.insert(.shards) }
            if PictureFolder.suffixes.contains(suffix), KTHPictures.isFrame(file) { found.insert(.pictures) }
        }
        return Variant.allCases.filter(found.contains)
    }

    private static var grayIsForClips: ReaderError {
        ReaderError(.usage, "gray=stretched is for clips: extracted pictures were stretched when they were made")
    }
}

/// What the survey of all KTH variants has in common.
enum KTHSurvey {
    static func make(
        variant: KTHReader.Variant, rows: Int, columns: Int, secondsPerCount: Double?, gray: String,
        sequences: [SequenceSurvey], sources: [Survey.Source], skipped: [Survey.Skipped], notes: [String]
    ) -> Survey {
        let field = Field(
            name: "luma", element: .uint8, rows: rows, columns: columns, rowOrder: .topFirst,
            longName: "luma of the film",
            attributes: ["gray": .text(gray)])
        return Survey(
            format: KTHReader.format, variant: variant.rawValue, title: "KTH human actions",
            citation: "C. Schuldt, I. Laptev, B. Caputo: Recognizing Human Actions: A Local SVM Approach. ICPR 2004",
            license: "non-commercial research use with citation", fields: [field],
            timeAxis: TimeAxis(kind: .counter, cadence: 1, secondsPerCount: secondsPerCount), sequences: sequences,
            sources: sources, skipped: skipped, notes: notes,
            splitRule: .groups(
                validation: ["person15", "person16"], test: (17...25).map { "person\($0)" }))
    }

    static func sequence(
        _ name: KTHClipName, id: String, times: FrameTimes, segments: [Range<Int>] = [], file: String
    ) -> SequenceSurvey {
        SequenceSurvey(
            id: id, times: [times], group: name.group, segments: segments,
            attributes: [
                "person": .integer(Int64(name.person)), "action": .text(name.action),
                "scenario": .text(name.scenario ?? ""), "file": .text(file),
            ])
    }

    /// - Throws: `.damaged` where two clips have one ID, naming both.
    static func checkDistinct(_ clips: [(id: String, path: String, name: String)]) throws(ReaderError) {
        var known: [String: String] = [:]
        for clip in clips {
            if let other = known.updateValue(clip.name, forKey: clip.id) {
                let message = "is the clip \(clip.id), and so is \(other); keep one of them"
                throw ReaderError(.damaged, message, path: clip.path)
            }
        }
    }
}
