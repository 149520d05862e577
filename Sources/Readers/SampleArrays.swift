internal import ArrayFiles
internal import SpaceTime

/// Arrays that together hold some samples: input and target of a split, or one array by itself.
struct SampleGroup {
    /// The first part of the sequences' ids.
    var name: String
    var split: Split?
    /// In order of time; all have the same samples.
    var parts: [any ArrayPlace]
    /// One for each part.
    var sources: [Survey.Source]
    /// Samples that must stay together; each its own where nil.
    var group: String?
    /// Whether the group is one sequence, called by its name, and not one for each sample.
    var isOneSequence = false
}

/// Samples of prepared arrays as sequences of one field.
struct SampleArrays {
    private(set) var sequences: [SequenceSurvey] = []
    private(set) var sources: Set<Survey.Source> = []
    private let places: [any ArrayPlace]
    private var pieces: [[PieceFrames.Piece]] = []
    private var grid: (element: ElementType, channels: Int, rows: Int, columns: Int, name: String)?

    /// Opens the arrays to see what they hold; sequences come in the order of the groups' names.
    init(_ groups: [SampleGroup], _ resources: ReadResources) throws(ReaderError) {
        let sorted = groups.sorted { NaturalOrder.precedes($0.name, $1.name) }
        for (one, other) in zip(sorted, sorted.dropFirst()) where one.name == other.name {
            throw ReaderError(
                .usage,
                "\(other.sources[0].name) and \(one.sources[0].name) would both be called \(one.name); give one of them",
                path: other.sources[0].path)
        }
        places = sorted.flatMap(\.parts)
        var first = 0
        for group in sorted {
            try add(group, first, resources)
            first += group.parts.count
        }
        guard !sequences.isEmpty else { throw ReaderError(.notFound, "the arrays hold no sample") }
    }

    private mutating func add(_ group: SampleGroup, _ first: Int, _ resources: ReadResources) throws(ReaderError) {
        var counts: [Int] = []
        var samples: Int?
        for (part, source) in zip(group.parts, group.sources) {
            let array = try part.frames(resources)
            try FrameSize.check(rows: array.rows, columns: array.columns, frames: array.frames, path: source.path)
            try checkAlike(array, source)
            guard array.samples == samples ?? array.samples else {
                throw ReaderError(
                    .damaged, "has \(array.samples) samples, \(group.sources[0].name) \(samples ?? 0)",
                    path: source.path)
            }
            samples = array.samples
            counts.append(array.frames)
        }
        sources.formUnion(group.sources)
        let frames = counts.reduce(0, +)
        for sample in 0..<(samples ?? 0) {
            let attributes: [String: Scalar] = [
                "file_name": .text(group.sources[0].name), "file_index": .integer(Int64(sample)),
            ]
            sequences.append(
                SequenceSurvey(
                    id: group.isOneSequence ? group.name : "\(group.name)/\(sample)",
                    times: [FrameTimes(count: frames)],
                    group: group.group, split: group.split, attributes: attributes))
            pieces.append(counts.indices.map { .init(array: first + $0, sample: sample, count: counts[$0]) })
        }
    }

    private mutating func checkAlike(_ array: FrameArray, _ source: Survey.Source) throws(ReaderError) {
        guard let grid else {
            grid = (array.element, array.channels, array.rows, array.columns, source.name)
            return
        }
        guard
            (array.element, array.channels, array.rows, array.columns)
                == (grid.element, grid.channels, grid.rows, grid.columns)
        else {
            throw ReaderError(
                .damaged,
                "has frames of \(array.channels)x\(array.rows)x\(array.columns) \(array.element.rawValue), but "
                    + "\(grid.name) \(grid.channels)x\(grid.rows)x\(grid.columns) \(grid.element.rawValue); give arrays of one kind",
                path: source.path)
        }
    }

    var element: ElementType { grid?.element ?? .uint8 }
    var channels: Int { grid?.channels ?? 0 }
    var rows: Int { grid?.rows ?? 0 }
    var columns: Int { grid?.columns ?? 0 }

    var sortedSources: [Survey.Source] { sources.sorted { NaturalOrder.precedes($0.name, $1.name) } }

    func frames(_ resources: ReadResources, inspection: PieceFrames.Inspection? = nil) -> PieceFrames {
        PieceFrames(places, pieces: pieces, resources, inspection: inspection)
    }
}
