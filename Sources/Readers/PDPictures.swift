internal import Pictures
internal import SpaceTime

/// PD as a folder of numbered pictures a case: `3km/U10_Pos_4_Deg_135/frame_1.png`.
enum PDPictures {
    /// The last number of a name: `frame_12`.
    static func number(_ stem: String) -> Int64? { PictureName.numbers(in: stem).last ?? nil }

    static func source(
        _ files: SourceFiles, _ location: Location, _ settings: ReaderSettings
    ) throws(ReaderError) -> any SurveyedSource {
        let (folders, leftOut) = try PictureFolder.all(in: files, number: number)
        let unsorted = PDCase.distinct(
            folders.map { PDCase(id: $0.name, file: $0.relativeName, name: $0.name) })
        let cases = zip(unsorted, folders).sorted { NaturalOrder.precedes($0.0.id, $1.0.id) }
        for (_, folder) in cases {
            try folder.checkOneKind()
            try folder.checkComplete()
        }
        guard !cases.isEmpty else {
            throw ReaderError(.notFound, "no folder of numbered pictures", path: location.paths.first)
        }
        let sources = cases.map { $0.1.frames.map(\.source) }
        let pictures = try PictureSequences(sources, channels: .all, threads: location.threads, settings)
        let skipped = leftOut.map { Survey.Skipped($0.name, reason: "a picture without a number in its name") }
        let survey = PDSurvey.pictures(
            .pictures, field: .picture(pictures.header), cases: cases.map { ($0.0, $0.1.frames.count) },
            sources: sources.flatMap { $0 }, skipped: files.skipped + skipped, notes: pictures.notes)
        return PictureDelivery(survey, frames: pictures, damage: .stops, fitting: pictures.fitting)
    }
}

/// PD as an animated GIF a case.
enum PDFilms {
    static func source(
        _ files: SourceFiles, _ location: Location, _ settings: ReaderSettings
    ) throws(ReaderError) -> any SurveyedSource {
        let sources = files.files.filter { PictureName.suffix(of: $0.name) == "gif" }
        guard !sources.isEmpty else { throw ReaderError(.notFound, "no GIF", path: location.paths.first) }
        let headers = try PictureWorkers.map(sources.count, threads: location.threads) { index throws(ReaderError) in
            try FilmFile.survey(sources[index].path)
        }
        try check(headers, sources, settings)
        let unsorted = PDCase.distinct(
            sources.map {
                PDCase(id: PictureName.stem(of: $0.name), file: $0.name, name: PictureName.stem(of: $0.name))
            })
        let order = sources.indices.sorted { NaturalOrder.precedes(unsorted[$0].id, unsorted[$1].id) }
        let first = headers[0]
        let field = Field.picture(PictureHeader(rows: first.rows, columns: first.columns, channels: 3))
        let survey = PDSurvey.pictures(
            .gif, field: field, cases: order.map { (unsorted[$0], headers[$0].frameCount) },
            sources: order.map { sources[$0] }, skipped: files.skipped, notes: [])
        let fitting = try FrameFitting(field, headers.map(\.size), settings)
        let clips = order.map { index in
            PictureFilms.Clip(
                path: sources[index].path, size: headers[index].size, frameCount: headers[index].frameCount)
        }
        let frames = PictureFilms(clips, planes: .rgb, fitting: fitting)
        return PictureDelivery(survey, frames: frames, damage: .stops, fitting: fitting)
    }

    private static func check(
        _ headers: [FilmFile.Header], _ sources: [Survey.Source], _ settings: ReaderSettings
    ) throws(ReaderError) {
        let first = headers[0]
        for (header, source) in zip(headers, sources) {
            guard header.hasRGB else {
                throw ReaderError(.damaged, "a film of \(header.pixelFormat), not a GIF", path: source.path)
            }
            guard header.size == first.size || FrameFitting.isAsked(settings) else {
                throw PictureSequences.unlike(
                    source.path, header.size.description, sources[0].name, first.size.description)
            }
        }
    }
}
