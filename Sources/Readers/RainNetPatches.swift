internal import ArrayFiles
internal import SpaceTime

/// The patches of the downscaling set: arrays `<k>hr` and `<k>lr` of a few small frames, and their number `__len__`.
struct RainNetPatches {
    /// One pair of arrays.
    struct Patch: Hashable, Sendable {
        var file: Int
        var number: Int
    }

    static let suffixes = ["hr", "lr"]

    let files: [HDF5File]
    let patches: [Patch]
    /// Of `hr` and `lr`: frames, rows, columns.
    let grids: [RainNetGrid]
    private let sources: [Survey.Source]
    private let skipped: [Survey.Skipped]

    /// - Throws: `.damaged` where pairs are incomplete or `__len__` is another number.
    init(_ found: RainNetFiles) throws(ReaderError) {
        var files: [HDF5File] = []
        var patches: [Patch] = []
        var skipped = found.skipped
        sources = try found.byStem()
        for (index, source) in sources.enumerated() {
            let file = try HDF5File(path: source.path)
            patches += try RainNetPatches.numbers(in: file, source, &skipped).map { Patch(file: index, number: $0) }
            files.append(file)
        }
        guard let first = patches.first else {
            throw ReaderError(.notFound, "holds no patches", path: found.files.first?.path)
        }
        grids = try RainNetPatches.suffixes.map { (suffix) throws(ReaderError) in
            try RainNetGrid(files[first.file].dataset("\(first.number)\(suffix)"), axes: 3)
        }
        guard grids[0].shape[0] == grids[1].shape[0] else {
            throw ReaderError(
                .damaged, "patch \(first.number) has \(grids[0].shape[0]) fine and \(grids[1].shape[0]) coarse frames",
                path: sources[first.file].path)
        }
        self.files = files
        self.patches = patches
        self.skipped = skipped
    }

    private static func numbers(
        in file: HDF5File, _ source: Survey.Source, _ skipped: inout [Survey.Skipped]
    ) throws(ReaderError) -> [Int] {
        var found: [Set<Int>] = [[], []]
        for name in try file.names() where name != "__len__" {
            let position = suffixes.firstIndex { name.hasSuffix($0) }
            if let position, let number = Int(name.dropLast(2)), number >= 0 {
                found[position].insert(number)
            } else {
                skipped.append(.init("\(source.name):\(name)", reason: "no patch"))
            }
        }
        let numbers = found[0].sorted()
        guard found[0] == found[1] else {
            let odd = found[0].symmetricDifference(found[1]).min() ?? 0
            throw ReaderError(.damaged, "patch \(odd) has only one of `hr` and `lr`", path: source.path)
        }
        guard try file.dataset("__len__").doubles().first == Double(numbers.count) else {
            throw ReaderError(
                .damaged, "holds \(numbers.count) patches, which is not what `__len__` says", path: source.path)
        }
        return numbers
    }

    var survey: Survey {
        let stems = sources.map { RainNetFiles.stem(of: $0.name) }
        let frames = grids[0].shape[0]
        let sequences = patches.map { patch in
            SequenceSurvey(id: "\(stems[patch.file])/\(patch.number)", times: [FrameTimes(count: frames)])
        }
        return Survey(
            format: RainNetReader.format, variant: "patches", title: "RainNet for downscaling, patches",
            citation: "Chen et al. 2022, RainNet: a large-scale imagery dataset for spatial precipitation downscaling",
            fields: zip(["highres", "lowres"], grids).map { RainNetPatches.field($0, $1) },
            timeAxis: TimeAxis(kind: .counter, cadence: 1), sequences: sequences, sources: sources, skipped: skipped,
            notes: [
                "the first axis of a patch is taken as \(frames) frames one after the other; the source does not say so",
                "without --split by patch, 80/10/10",
            ], splitRule: .group(.init(train: 80, validation: 10, test: 10)), defaultInputFrames: 1,
            defaultTargetFrames: 1)
    }

    private static func field(_ name: String, _ grid: RainNetGrid) -> Field {
        Field(
            name: name, element: grid.element, rows: grid.shape[1], columns: grid.shape[2], scale: grid.scale,
            offset: grid.offset, missing: grid.missing,
            longName: name == "highres" ? "rain, fine grid" : "rain, coarse grid")
    }
}

/// Reads one of the two fields of the patches.
final class RainNetPatchFrames: FieldFrames {
    private let patches: RainNetPatches
    private let position: Int
    private let resources: ReadResources

    /// - Parameter position: 0 for the fine field, 1 for the coarse one.
    init(_ patches: RainNetPatches, position: Int, _ location: Location) {
        self.patches = patches
        self.position = position
        resources = ReadResources(location)
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let patch = patches.patches[sequence]
        let name = "\(patch.number)\(RainNetPatches.suffixes[position])"
        let dataset = try patches.files[patch.file].dataset(name)
        let grid = patches.grids[position]
        let first = patches.patches[0]
        try grid.check(
            RainNetGrid(dataset, axes: 3), of: dataset, against: "\(first.number)\(RainNetPatches.suffixes[position])")
        guard let base = buffer.baseAddress else { return }
        let box = [frames, 0..<grid.shape[1], 0..<grid.shape[2]]
        try dataset.source().read(box, into: base, strides: box.map(\.count).rowMajorStrides, using: resources)
    }
}
