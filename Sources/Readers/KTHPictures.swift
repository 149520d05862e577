internal import Pictures
internal import SpaceTime

/// KTH as a folder of numbered pictures a clip: `image_0001.jpg` (PredRNN, E3D-LSTM, OpenSTL), `image-001_64x64.png` (SVG).
///
/// The first channel of each picture, as those loaders take it; times are the numbers in the names, so that gaps show.
struct KTHPictures {
    private struct Clip {
        var name: KTHClipName
        var folder: PictureFolder
    }

    private let clips: [Clip]
    private let threads: Int
    private var skipped: [Survey.Skipped]
    private let hasIndex: Bool

    /// The first number of a name is the frame's; the `64x64` behind it is not.
    private static func number(_ stem: String) -> Int64? { PictureName.numbers(in: stem).first ?? nil }

    /// Whether a picture lies in a folder named as a clip.
    static func isFrame(_ source: Survey.Source) -> Bool {
        let folders = PictureName.folders(of: source)
        guard let folder = folders.first, number(PictureName.stem(of: source.name)) != nil else { return false }
        return KTHClipName(folder, folders: folders.dropFirst()) != nil
    }

    init(_ files: SourceFiles, _ location: Location) throws(ReaderError) {
        threads = location.threads
        skipped = files.skipped
        let (folders, leftOut) = try PictureFolder.all(in: files, number: KTHPictures.number)
        skipped += leftOut.map { .init($0.name, reason: "a picture without a number in its name") }
        var clips: [Clip] = []
        for folder in folders {
            if let name = KTHClipName(folder.name, folders: folder.namesAbove) {
                clips.append(Clip(name: name, folder: folder))
            } else {
                skipped.append(.init(folder.relativeName, reason: "the folder's name does not say person and action"))
            }
        }
        clips.sort { NaturalOrder.precedes($0.name.id, $1.name.id) }
        try KTHSurvey.checkDistinct(clips.map { ($0.name.id, "/" + $0.folder.path, $0.folder.relativeName) })
        guard !clips.isEmpty else {
            throw ReaderError(.notFound, "no folder of pictures is named as a KTH clip", path: location.paths.first)
        }
        self.clips = clips
        hasIndex = files.files.contains { PictureName.last(of: $0.name).lowercased().hasSuffix("sequences.txt") }
    }

    consuming func source(_ settings: ReaderSettings) throws(ReaderError) -> any SurveyedSource {
        let sources = clips.map { $0.folder.frames.map(\.source) }
        let pictures = try PictureSequences(sources, channels: .first, threads: threads, settings)
        guard pictures.header.element == .uint8 else {
            throw ReaderError(.damaged, "a picture of 16 bits; KTH has 8", path: sources[0][0].path)
        }
        var notes = ["extracted pictures: their gray was usually stretched to the full range when they were made"]
        if hasIndex { notes.append("the index is not used: extracted pictures are numbered in more than one way") }
        if pictures.header.channels > 1 { notes.append("of colour pictures the first channel is taken") }
        let sequences = clips.map { clip in
            KTHSurvey.sequence(
                clip.name, id: clip.name.id, times: FrameTimes(clip.folder.frames.map(\.number)),
                file: clip.folder.relativeName)
        }
        let survey = KTHSurvey.make(
            variant: .pictures, rows: pictures.header.rows, columns: pictures.header.columns, secondsPerCount: 0.04,
            gray: "stored", sequences: sequences, sources: sources.flatMap { $0 }, skipped: skipped, notes: notes)
        return PictureDelivery(
            survey, frames: pictures, damage: .leavesOutTheSequence, fitting: pictures.fitting)
    }
}
