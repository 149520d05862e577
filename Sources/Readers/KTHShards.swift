internal import ArrayFiles
internal import SpaceTime

/// KTH as MCVD's HDF5 shards: groups `len`, `person`, `target` hold a number a clip, and a group a clip one array a frame.
///
/// `persons.pkl` and `targets.pkl` beside them repeat this as pickles and are not opened.
struct KTHShards {
    static let suffixes: Set<String> = ["hdf5", "h5"]

    struct Clip {
        var name: KTHClipName
        var file: HDF5File
        /// The group of its frames.
        var group: String
        var frameCount: Int

        /// `shard_0001/17`
        var id: String { "\(PictureName.stem(of: file.path))/\(group)" }
    }

    private let clips: [Clip]
    private let sources: [Survey.Source]
    private let skipped: [Survey.Skipped]
    /// Of each clip's frames.
    private let sizes: [FrameFitting.Size]
    private let settings: ReaderSettings
    private let resources: ReadResources

    init(_ files: SourceFiles, _ location: Location, _ settings: ReaderSettings) throws(ReaderError) {
        resources = ReadResources(location)
        sources = files.files.filter { KTHShards.suffixes.contains(PictureName.suffix(of: $0.name)) }
        skipped = files.skipped
        var clips: [Clip] = []
        for source in sources { clips += try KTHShards.clips(of: HDF5File(path: source.path)) }
        guard !clips.isEmpty else {
            throw ReaderError(.notFound, "the shards hold no clips", path: location.paths.first)
        }
        self.clips = clips.sorted { NaturalOrder.precedes($0.id, $1.id) }
        try KTHSurvey.checkDistinct(clips.map { ($0.id, $0.file.path, $0.id) })
        self.settings = settings
        sizes = try self.clips.map { clip throws(ReaderError) in try clip.frame(0).size }
        if FrameFitting.isAsked(settings) { return }
        for clip in self.clips { try clip.frame(0).check(sizes[0], like: "the first clip") }
    }

    private static func clips(of file: HDF5File) throws(ReaderError) -> [Clip] {
        guard ["len", "person", "target"].allSatisfy(file.isGroup) else {
            let message = "is not one of MCVD's KTH shards: the groups len, person, target are not there"
            throw ReaderError(.damaged, message, path: file.path)
        }
        return try file.names(inGroup: "len").map { key throws(ReaderError) in
            let count = try number(file, "len/\(key)")
            let target = try number(file, "target/\(key)")
            let person = try number(file, "person/\(key)")
            guard KTHClipName.actions.indices.contains(target),
                let name = KTHClipName("person\(person)_\(KTHClipName.actions[target])")
            else {
                let message = "clip \(key) has person \(person) and target \(target); 1 to 25 and 0 to 5 can be"
                throw ReaderError(.damaged, message, path: file.path)
            }
            let found = try file.names(inGroup: key)
            guard count > 0, found.count == count, Set(found) == Set((0..<count).map(String.init)) else {
                let message =
                    "clip \(key) has \(found.count) frames where `len` says \(count), or they are not numbered from 0; "
                    + "copy the shard anew"
                throw ReaderError(.damaged, message, path: file.path)
            }
            return Clip(name: name, file: file, group: key, frameCount: count)
        }
    }

    private static func number(_ file: HDF5File, _ name: String) throws(ReaderError) -> Int {
        let values = try file.dataset(name).int64s()
        guard values.count == 1, (0...(1 << 24)).contains(values[0]) else {
            throw ReaderError(.damaged, "`\(name)` is not one small number", path: file.path)
        }
        return Int(values[0])
    }

    func source() throws(ReaderError) -> any SurveyedSource {
        let sequences = clips.map { clip in
            KTHSurvey.sequence(clip.name, id: clip.id, times: FrameTimes(count: clip.frameCount), file: clip.id)
        }
        let notes = [
            "MCVD's shards do not say the scenario, and their gray was stretched to the full range when they were made"
        ]
        let survey = KTHSurvey.make(
            variant: .shards, rows: sizes[0].rows, columns: sizes[0].columns, secondsPerCount: 0.04, gray: "stored",
            sequences: sequences, sources: sources, skipped: skipped, notes: notes)
        let fitting = try FrameFitting(survey.fields[0], sizes, settings)
        let frames = KTHShardFrames(clips: clips, sizes: sizes, fitting: fitting, resources: resources)
        return PictureDelivery(survey, frames: frames, damage: .leavesOutTheSequence, fitting: fitting)
    }
}

extension KTHShards.Clip {
    func frame(_ number: Int) throws(ReaderError) -> HDF5Dataset {
        let dataset = try file.dataset("\(group)/\(number)")
        guard dataset.shape.count == 2, dataset.shape.allSatisfy({ (1...65_536).contains($0) }),
            dataset.element == .uint8
        else { throw ReaderError(.damaged, "is no gray picture of 8 bits", path: dataset.place) }
        return dataset
    }
}

extension HDF5Dataset {
    fileprivate var size: FrameFitting.Size { FrameFitting.Size(rows: shape[0], columns: shape[1]) }

    fileprivate func check(_ other: FrameFitting.Size, like name: String) throws(ReaderError) {
        if size != other { throw PictureSequences.unlike(place, size.description, name, other.description) }
    }
}

/// Frames that are an HDF5 array each.
private final class KTHShardFrames: PictureFrames {
    private let clips: [KTHShards.Clip]
    private let sizes: [FrameFitting.Size]
    private let fitting: FrameFitting?
    private let resources: ReadResources

    init(
        clips: [KTHShards.Clip], sizes: [FrameFitting.Size], fitting: FrameFitting?, resources: ReadResources
    ) {
        self.clips = clips
        self.sizes = sizes
        self.fitting = fitting
        self.resources = resources
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let size = sizes[sequence]
        guard let fitting else { return try read(frames, of: clips[sequence], size, into: buffer) }
        try fitting.fit(frames, of: size, into: buffer) { part, stored throws(ReaderError) in
            try read(part, of: clips[sequence], size, into: stored)
        }
    }

    private func read(
        _ frames: Range<Int>, of clip: KTHShards.Clip, _ size: FrameFitting.Size,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let byteCount = size.rows * size.columns
        for (position, frame) in frames.enumerated() {
            let dataset = try clip.frame(frame)
            try dataset.check(size, like: "the clip's first frame")
            guard let base = buffer.baseAddress, (position + 1) * byteCount <= buffer.count else { return }
            try dataset.source().read(
                [0..<size.rows, 0..<size.columns], into: base + position * byteCount, strides: [size.columns, 1],
                using: resources)
        }
    }
}
