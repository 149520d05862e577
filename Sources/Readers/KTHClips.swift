internal import Pictures
internal import SpaceTime

/// KTH as films, with or without the index of segments.
struct KTHClips {
    static let suffixes: Set<String> = ["avi", "mp4", "m4v", "mov"]
    /// The rate of the published clips; only then do the index's frame numbers hold.
    private static let framesPerSecond = 25.0

    private struct Clip: Sendable {
        var name: KTHClipName
        var source: Survey.Source
    }

    private struct Film {
        var clip: Clip
        var header: FilmFile.Header

        /// Luma of full range has nothing to stretch.
        func part(isStretched: Bool) -> PictureFilms.Clip {
            .init(
                path: clip.source.path, size: header.size, frameCount: header.frameCount,
                change: isStretched && !header.isFullRange ? .stretched : .none)
        }
    }

    private let clips: [Clip]
    private let index: KTHIndex?
    private let threads: Int
    private var skipped: [Survey.Skipped]
    private var notes: [String] = []

    init(_ files: SourceFiles, _ location: Location) throws(ReaderError) {
        threads = location.threads
        skipped = files.skipped
        var clips: [Clip] = []
        for source in files.files where KTHClips.suffixes.contains(PictureName.suffix(of: source.name)) {
            if let name = KTHClipName(PictureName.stem(of: source.name), folders: PictureName.folders(of: source)) {
                clips.append(Clip(name: name, source: source))
            } else {
                skipped.append(.init(source.name, reason: "neither its name nor its folder says person and action"))
            }
        }
        clips.sort { NaturalOrder.precedes($0.name.id, $1.name.id) }
        try KTHSurvey.checkDistinct(clips.map { ($0.name.id, $0.source.path, $0.source.name) })
        self.clips = clips
        index = try KTHClips.index(files)
    }

    /// The index among the files; two that say the same count as one.
    private static func index(_ files: SourceFiles) throws(ReaderError) -> KTHIndex? {
        var found: KTHIndex?
        for source in files.files {
            let name = PictureName.last(of: source.name).lowercased()
            guard name.hasSuffix(".txt"), name.contains("sequences") else { continue }
            let index = try KTHIndex(source)
            if let other = found, other.ranges != index.ranges {
                let message = "is an index of segments that differs from \(other.source.name); keep one of them"
                throw ReaderError(.damaged, message, path: source.path)
            }
            found = found ?? index
        }
        return found
    }

    /// Opens every clip and counts its frames.
    consuming func source(
        isStretched: Bool, _ settings: ReaderSettings
    ) throws(ReaderError) -> any SurveyedSource {
        let films = try openFilms()
        if !FrameFitting.isAsked(settings) { try KTHClips.checkSizes(films) }
        let rate = commonRate(films)
        let sequences = films.map { sequence($0, usesIndex: isOriginalRate($0.header)) }
        noteIndex(films)
        let wide = films.count(where: \.header.isFullRange)
        if wide > 0 {
            notes.append("\(wide) clips hold luma of full range (0 to 255), which gray=stretched leaves as it is")
        }
        let used = films.map(\.clip.source) + (index.map { [$0.source] } ?? [])
        let survey = KTHSurvey.make(
            variant: .clips, rows: films[0].header.rows, columns: films[0].header.columns,
            secondsPerCount: rate.map { 1 / $0 }, gray: isStretched ? "stretched" : "stored", sequences: sequences,
            sources: used, skipped: skipped, notes: notes)
        let fitting = try FrameFitting(survey.fields[0], films.map(\.header.size), settings)
        let clips = films.map { $0.part(isStretched: isStretched) }
        let frames = PictureFilms(clips, planes: .luma, fitting: fitting)
        return PictureDelivery(survey, frames: frames, damage: .leavesOutTheSequence, fitting: fitting)
    }

    private mutating func openFilms() throws(ReaderError) -> [Film] {
        let clips = self.clips
        let headers = try PictureWorkers.map(clips.count, threads: threads) { index in
            Result { () throws(ReaderError) in try KTHClips.header(clips[index].source.path) }
        }
        var films: [Film] = []
        var fault: ReaderError?
        for (clip, header) in zip(clips, headers) {
            switch header {
            case .success(let header): films.append(Film(clip: clip, header: header))
            case .failure(let error):
                fault = fault ?? error
                skipped.append(.init(clip.source.name, reason: error.message))
            }
        }
        if films.isEmpty { throw fault ?? ReaderError(.notFound, "no clip is named as KTH's are") }
        return films
    }

    private static func header(_ path: String) throws(ReaderError) -> FilmFile.Header {
        let header = try FilmFile.survey(path)
        guard header.hasLuma else {
            throw ReaderError(.damaged, "its pictures are stored as \(header.pixelFormat), without luma", path: path)
        }
        return header
    }

    private static func checkSizes(_ films: [Film]) throws(ReaderError) {
        let first = films[0]
        for film in films where film.header.size != first.header.size {
            throw PictureSequences.unlike(
                film.clip.source.path, film.header.size.description, first.clip.source.name,
                first.header.size.description)
        }
    }

    private mutating func commonRate(_ films: [Film]) -> Double? {
        let rates = Set(films.map(\.header.framesPerSecond))
        if rates.count == 1, let rate = rates.first { return rate }
        notes.append("the clips have different frame rates, so that a frame has no common length in seconds")
        return nil
    }

    private func isOriginalRate(_ header: FilmFile.Header) -> Bool {
        header.framesPerSecond.map { abs($0 - KTHClips.framesPerSecond) < 0.01 } ?? true
    }

    private mutating func sequence(_ film: Film, usesIndex: Bool) -> SequenceSurvey {
        let name = film.clip.name
        let segments = usesIndex ? index?.segments(of: name.id, frameCount: film.header.frameCount) : nil
        if let segments, segments.clipped > 0 {
            let count = film.header.frameCount
            notes.append(
                "\(name.id): \(segments.clipped) segments of the index reach beyond its \(count) frames, cut there")
        }
        if let segments, segments.trimmed > 0 {
            notes.append(
                "\(name.id): \(segments.trimmed) segments overlap the one before and begin where that one ends")
        }
        return KTHSurvey.sequence(
            name, id: name.id, times: FrameTimes(count: film.header.frameCount), segments: segments?.ranges ?? [],
            file: film.clip.source.name)
    }

    private mutating func noteIndex(_ films: [Film]) {
        guard let index else {
            notes.append("no index 00sequences.txt: windows may lie anywhere in a clip")
            return
        }
        let known = Set(films.map(\.clip.name.id))
        let absent = index.ranges.filter { !$0.value.isEmpty && !known.contains($0.key) }.count
        if absent > 0 { notes.append("the index names \(absent) clips that are not here") }
        let unnamed = known.filter { index.ranges[$0]?.isEmpty ?? true }.count
        if unnamed > 0 {
            notes.append("the index has no segments for \(unnamed) clips: windows may lie anywhere in them")
        }
        let changed = films.count { !isOriginalRate($0.header) }
        if changed > 0 {
            notes.append(
                "\(changed) clips have not 25 frames a second, so that the index's numbers do not hold for them")
        }
    }
}
