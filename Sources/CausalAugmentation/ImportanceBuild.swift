package import DataBank
internal import Glibc
package import SpaceTime
package import Streaming

/// Makes an `importance` data set from scores: what `Ingestion` takes in. CopiesOnDisk.md, "Importance".
package final class ImportanceBuild: FrameProvider {
    /// Scores of some maps: for each `[F][L]`, received attention before any scaling. F is 1 in layouts `frame` and `stacked`, T in
    /// `joint`. Asked for in stored order, a few maps at a time.
    package typealias Scores = ([MapPlace]) throws -> [[Double]]

    package let survey: Survey
    private let source: BatchSource
    private let layout: TokenLayout
    private let grid: PatchGrid
    private let size: EnvironmentSize
    private let scale: ImportanceScale
    private let scores: Scores
    /// For each sequence of the survey, its position in the parent's table.
    private let sequences: [Int]

    /// Maps handed over at a time.
    private static let step = 64

    /// - Parameters:
    ///   - source: the parent's windows; the plan's split, lengths, stride and crop are part of what the data set is.
    ///   - grid: of the plan's crop.
    package init(
        of source: BatchSource, layout: TokenLayout, grid: PatchGrid, size: EnvironmentSize = .ratio(0.25),
        scale: ImportanceScale = .sum, scores: @escaping Scores
    ) throws {
        self.source = source
        self.layout = layout
        self.grid = grid
        self.size = size
        self.scale = scale
        self.scores = scores
        let rows = try source.dataset.sequences()
        let sequences = rows.indices.filter { !source.windows(ofSequence: $0).isEmpty }
        self.sequences = sequences
        let channels = layout == .joint ? source.plan.inputFrames : 1
        let fields = ImportanceSet.fields(grid, channels: channels)
        let surveys = sequences.map { number in
            let times = MapPlace.all(ofSequence: number, in: source, layout).map { Int64($0.frame) }
            return SequenceSurvey(
                id: rows[number].id, times: [FrameTimes(times)], group: rows[number].group, split: rows[number].split)
        }
        let record = source.dataset.record
        survey = Survey(
            format: record.source, variant: record.variant, title: "Importance of patches: \(record.title)",
            citation: record.citation, license: record.license, fields: fields, timeAxis: TimeAxis(kind: .counter),
            sequences: surveys, sources: [], splitRule: .source, defaultInputFrames: record.defaultPlan.inputFrames,
            defaultTargetFrames: record.defaultPlan.targetFrames)
    }

    /// The request that makes the data set.
    ///
    /// - Parameters:
    ///   - settings: of the network and its training; those of maps and patches are added.
    ///   - weights: the network's, kept with the data set.
    package func request(
        as name: DatasetName, version: DatasetVersion? = nil, settings: [String: String], seed: UInt64?,
        weights: Derivation.Attachment? = nil
    ) throws -> IngestRequest {
        var settings = settings
        settings["layout"] = layout.rawValue
        settings["patch"] = String(grid.side)
        settings["scale"] = scale.rawValue
        settings["plan"] = source.plan.text
        switch size {
        case .ratio(let ratio): settings["ratio"] = JSONValue.real(ratio).canonicalText
        case .count(let count): settings["count"] = String(count)
        }
        if let weights { settings["weights"] = try FileDigest.sha256(ofFileAt: weights.path).description }
        let parts = survey.sequences.enumerated().map { number, sequence in
            SplitPlan.Part(
                id: sequence.id, range: FrameRange(sequence: number, frames: 0..<sequence.frameCount),
                split: sequence.split ?? .train)
        }
        var request = IngestRequest(name: name, version: version, readerVersion: 1, settings: settings, parts: parts)
        request.derivation = Derivation(
            .importance, from: [source.digest],
            by: Identity.Step(name: "discover", version: 1, settings: settings, seed: seed),
            attachments: weights.map { [$0] } ?? [])
        return request
    }

    package func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        for part in parts {
            let places = MapPlace.all(ofSequence: sequences[part.sequence], in: source, layout)[part.frames]
            try receiver.begin(part, covariates: [])
            var masks: [UInt8] = []
            for begin in stride(from: places.startIndex, to: places.endIndex, by: Self.step) {
                let own = Array(places[begin..<min(begin + Self.step, places.endIndex)])
                let maps = try maps(own)
                try send(maps.flatMap(\.importance), field: 0, count: own.count, to: receiver)
                masks += maps.flatMap { $0.isCausal.map { $0 ? 1 : 0 } }
            }
            try send(masks, field: 1, count: places.count, to: receiver)
            try receiver.end()
        }
    }

    private func maps(_ places: [MapPlace]) throws -> [CausalMap] {
        let found = try scores(places)
        let count = survey.fields[0].channels * grid.count
        guard found.count == places.count, found.allSatisfy({ $0.count == count }) else {
            throw AugmentationError(
                .damaged,
                "scores of \(found.count) maps of \(found.first?.count ?? 0) instead of \(places.count) of \(count)")
        }
        return try found.map { try CausalMap(grid, scores: $0, size: size, scale: scale) }
    }

    private func send<Number: BitwiseCopyable>(
        _ numbers: [Number], field: Int, count: Int, to receiver: any FrameReceiver
    ) throws {
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: numbers.count * MemoryLayout<Number>.stride, alignment: 64)
        numbers.withUnsafeBytes { buffer.copyMemory(from: $0) }
        let address = UInt(bitPattern: buffer.baseAddress)
        let block = FrameBlock(bytes: UnsafeRawBufferPointer(buffer)) {
            UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        }
        try receiver.receive(block, field: field, count: count)
    }
}
