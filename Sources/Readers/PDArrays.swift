internal import ArrayFiles
internal import SpaceTime

/// ST-GasNet's plumes: `input_raw_data` (cases * 50, channel, row, column) and `clips`, pairs of start and length.
struct PDArrays {
    /// Frames of one simulated case.
    private static let framesPerCase = 50

    private struct File {
        var source: Survey.Source
        var dataset: HDF5Dataset
        /// Frames of the file, case by case.
        var cases: [Range<Int>]
        /// Lengths of input and target in `clips`, where all its pairs have the same.
        var lengths: (input: Int, target: Int)?
    }

    private let files: [File]
    private let skipped: [Survey.Skipped]
    private let resources: ReadResources
    private let settings: ReaderSettings
    private var notes: [String] = []

    init(_ found: SourceFiles, _ location: Location, _ settings: ReaderSettings) throws(ReaderError) {
        self.settings = settings
        resources = ReadResources(location)
        skipped = found.skipped
        var files: [File] = []
        for source in found.files where ["h5", "hdf5"].contains(PictureName.suffix(of: source.name)) {
            let (file, note) = try PDArrays.file(source)
            files.append(file)
            if let note { notes.append(note) }
        }
        guard let first = files.first else {
            throw ReaderError(.notFound, "no HDF5 file", path: location.paths.first)
        }
        for file in files.dropFirst() {
            try PDArrays.check(file, like: first, anySize: FrameFitting.isAsked(settings))
        }
        self.files = files
    }

    private static func file(_ source: Survey.Source) throws(ReaderError) -> (File, note: String?) {
        let hdf5 = try HDF5File(path: source.path)
        guard hdf5.isDataset("input_raw_data") else {
            let message = "has no array `input_raw_data`, so that it is not one of ST-GasNet's; `array` reads others"
            throw ReaderError(.damaged, message, path: source.path)
        }
        let dataset = try hdf5.dataset("input_raw_data")
        guard dataset.shape.count == 4, dataset.shape.allSatisfy({ $0 > 0 }), dataset.element != nil else {
            let message = "has shape \(dataset.shape); numbers with axes frame, channel, row, column are needed"
            throw ReaderError(.damaged, message, path: dataset.place)
        }
        let clips = try hdf5.isDataset("clips") ? clips(hdf5.dataset("clips"), frameCount: dataset.shape[0]) : []
        let (cases, note) = cases(frameCount: dataset.shape[0], clips: clips, name: source.name)
        return (File(source: source, dataset: dataset, cases: cases, lengths: lengths(clips)), note)
    }

    /// A clip of the authors: frames of input and of target.
    private struct Clip {
        var input: Range<Int>
        var target: Range<Int>
    }

    private static func clips(_ dataset: HDF5Dataset, frameCount: Int) throws(ReaderError) -> [Clip] {
        guard dataset.shape.count == 3, dataset.shape[0] == 2, dataset.shape[2] == 2 else {
            throw ReaderError(.damaged, "has shape \(dataset.shape) where (2, clips, 2) is due", path: dataset.place)
        }
        let values = try dataset.int64s()
        let count = dataset.shape[1]
        func range(_ part: Int, _ index: Int) throws(ReaderError) -> Range<Int> {
            let place = (part * count + index) * 2
            let start = values[place]
            let length = values[place + 1]
            guard start >= 0, length > 0, start <= frameCount, length <= Int64(frameCount) - start else {
                let message = "clip \(index) has \(length) frames from \(start) on, outside of the \(frameCount) frames"
                throw ReaderError(.damaged, message, path: dataset.place)
            }
            return Int(start)..<Int(start + length)
        }
        return try (0..<count).map { index throws(ReaderError) in
            Clip(input: try range(0, index), target: try range(1, index))
        }
    }

    /// Cases of 50 frames, where the clips agree; else the file is one case.
    private static func cases(frameCount: Int, clips: [Clip], name: String) -> ([Range<Int>], note: String?) {
        guard frameCount % framesPerCase == 0 else {
            return ([0..<frameCount], "\(name): \(frameCount) frames are no multiple of 50; they are taken as one case")
        }
        let crossing = clips.count { clip in
            let first = clip.input.lowerBound / framesPerCase
            return [clip.input, clip.target].contains {
                $0.lowerBound / framesPerCase != first || ($0.upperBound - 1) / framesPerCase != first
            }
        }
        guard crossing == 0 else {
            return (
                [0..<frameCount],
                "\(name): \(crossing) of its clips reach across a multiple of 50 frames; the file is taken as one case"
            )
        }
        let starts = stride(from: 0, to: frameCount, by: framesPerCase)
        return (starts.map { $0..<($0 + framesPerCase) }, nil)
    }

    private static func lengths(_ clips: [Clip]) -> (input: Int, target: Int)? {
        guard let first = clips.first else { return nil }
        let areAlike = clips.allSatisfy {
            $0.input.count == first.input.count && $0.target.count == first.target.count
        }
        return areAlike ? (first.input.count, first.target.count) : nil
    }

    private static func check(_ file: File, like first: File, anySize: Bool) throws(ReaderError) {
        let (one, other) = (file.dataset, first.dataset)
        guard one.element == other.element, one.shape[1] == other.shape[1],
            anySize || one.frameSize == other.frameSize
        else {
            throw PictureSequences.unlike(
                file.source.path, describe(one), first.source.name, describe(other))
        }
    }

    private static func describe(_ dataset: HDF5Dataset) -> String {
        "\(dataset.frameSize), \(dataset.shape[1]) channels of \(dataset.element?.rawValue ?? "?")"
    }

    func source() throws(ReaderError) -> any SurveyedSource {
        let entries = files.flatMap { file in
            file.cases.enumerated().map { index, frames in
                (id: "\(PictureName.stem(of: file.source.name))/\(index)", file: file, frames: frames)
            }
        }.sorted { NaturalOrder.precedes($0.id, $1.id) }
        try checkDistinct(entries.map { ($0.id, $0.file.source) })
        let sequences = entries.map { entry in
            SequenceSurvey(
                id: entry.id, times: [FrameTimes(count: entry.frames.count)], group: entry.id,
                attributes: [
                    "file": .text(entry.file.source.name), "first_frame": .integer(Int64(entry.frames.lowerBound)),
                ])
        }
        let pieces = entries.map { PDArrayFrames.Piece(dataset: $0.file.dataset, first: $0.frames.lowerBound) }
        let survey = survey(sequences)
        let fitting = try FrameFitting(survey.fields[0], files.map(\.dataset.frameSize), settings)
        let frames = PDArrayFrames(pieces, fitting: fitting, resources: resources)
        return PictureDelivery(survey, frames: frames, damage: .stops, fitting: fitting)
    }

    private func survey(_ sequences: [SequenceSurvey]) -> Survey {
        let shape = files[0].dataset.shape
        let field = Field(
            name: "plume", element: files[0].dataset.element ?? .float32, channels: shape[1], rows: shape[2],
            columns: shape[3], rowOrder: .unknown, longName: shape[1] == 1 ? "plume mask" : "plume mask and wind")
        let lengths = files[0].lengths
        return Survey(
            format: PDReader.format, variant: PDReader.Variant.gasnet.rawValue, title: "ST-GasNet gas plumes in a city",
            citation: "Wang et al.: ST-GasNet (2024), github.com/wyn430/ST-GasNet", license: "CC BY 4.0",
            fields: [field], timeAxis: TimeAxis(kind: .counter, cadence: 1), sequences: sequences,
            sources: files.map(\.source), skipped: skipped, notes: notes,
            splitRule: .group(.init(train: 80, validation: 10, test: 10)),
            defaultInputFrames: lengths?.input ?? 6, defaultTargetFrames: lengths?.target ?? 6)
    }

    private func checkDistinct(_ entries: [(id: String, source: Survey.Source)]) throws(ReaderError) {
        for (one, other) in zip(entries, entries.dropFirst()) where one.id == other.id {
            let message = "has the same name as \(one.source.name); rename one of them"
            throw ReaderError(.damaged, message, path: other.source.path)
        }
    }
}

extension HDF5Dataset {
    /// Of frames with axes frame, channel, row, column.
    fileprivate var frameSize: FrameFitting.Size { FrameFitting.Size(rows: shape[2], columns: shape[3]) }
}

/// Frames that are parts of HDF5 arrays.
private final class PDArrayFrames: PictureFrames {
    struct Piece {
        var dataset: HDF5Dataset
        /// Where the case begins in its array.
        var first: Int
    }

    private let pieces: [Piece]
    private let fitting: FrameFitting?
    private let resources: ReadResources
    /// The array read last: it may hold frames read ahead, so that only one is kept.
    private var current: (dataset: HDF5Dataset, array: FrameArray)?

    init(_ pieces: [Piece], fitting: FrameFitting?, resources: ReadResources) {
        self.pieces = pieces
        self.fitting = fitting
        self.resources = resources
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let piece = pieces[sequence]
        let range = (piece.first + frames.lowerBound)..<(piece.first + frames.upperBound)
        let array = try array(of: piece.dataset)
        guard let fitting else { return try array.frames(range, sample: 0, into: buffer) }
        try fitting.fit(range, of: piece.dataset.frameSize, into: buffer) { part, stored throws(ReaderError) in
            try array.frames(part, sample: 0, into: stored)
        }
    }

    private func array(of dataset: HDF5Dataset) throws(ReaderError) -> FrameArray {
        if let current, current.dataset === dataset { return current.array }
        current = nil
        let array = try FrameArray(dataset, axes: "TCHW", resources: resources)
        current = (dataset, array)
        return array
    }
}
