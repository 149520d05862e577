package import DataBank
internal import Glibc
package import SpaceTime
package import Streaming

/// Makes an `importance` data set: maps go in, `Ingestion` takes them out. CopiesOnDisk.md, "Importance".
package final class ImportanceBuild: FrameProvider {
    private let source: BatchSource
    private let layout: TokenLayout
    private let grid: PatchGrid
    private let size: EnvironmentSize
    private let scale: ImportanceScale
    /// Maps of one window, F.
    private let frames: Int
    private let rows: [SequenceRow]
    private let spool: ImportanceSpool
    private var runs: [Run] = []
    private var isFinished = false

    /// Maps of one sequence, one behind the other in the spool.
    private struct Run {
        /// Position in the parent's table.
        var sequence: Int
        var frames: [Int]
        /// Of the first map.
        var record: Int
    }

    /// - Parameters:
    ///   - source: the parent's windows; the plan's lengths, stride, crop and resize are part of what the data set is.
    ///   - grid: of the plan's frames.
    ///   - frames: F, maps of one window; 1 where one holds for all its frames.
    package init(
        of source: BatchSource, layout: TokenLayout, grid: PatchGrid, frames: Int, size: EnvironmentSize = .ratio(0.25),
        scale: ImportanceScale = .sum
    ) throws {
        self.source = source
        self.layout = layout
        self.grid = grid
        self.frames = frames
        self.size = size
        self.scale = scale
        rows = try source.dataset.sequences()
        spool = try ImportanceSpool(in: source.dataset.bank, each: frames * grid.count)
    }

    /// Scales and ranks scores as this data set does.
    ///
    /// - Parameter scores: `[F][L]`, received attention or what takes its place, before any scaling.
    package func map(_ scores: [Double]) throws(AugmentationError) -> CausalMap {
        guard scores.count == frames * grid.count else {
            throw AugmentationError(
                .damaged, "\(scores.count) scores of a window instead of \(frames) for \(grid.count) patches")
        }
        return try CausalMap(grid, scores: scores, size: size, scale: scale)
    }

    /// Takes the next map; those of a sequence come one after another, by frame.
    ///
    /// - Parameters:
    ///   - sequence: position in the parent's table.
    ///   - frame: layout `frame`: the frame; else the window's first.
    package func append(_ map: CausalMap, ofSequence sequence: Int, frame: Int) throws {
        precondition(!isFinished, "a map after the last")
        if runs.last?.sequence == sequence {
            runs[runs.count - 1].frames.append(frame)
        } else {
            runs.append(Run(sequence: sequence, frames: [frame], record: spool.count))
        }
        try spool.append(map)
    }

    /// The request that makes the data set.
    ///
    /// - Parameters:
    ///   - settings: of the network and its training; those of maps and patches are added.
    ///   - weights: the network's, kept with the data set.
    package func request(
        as name: DatasetName, version: DatasetVersion? = nil, settings: [String: String], seed: UInt64?,
        weights: Derivation.Attachment? = nil, learning: Record.Learning? = nil
    ) throws -> IngestRequest {
        var settings = settings
        settings["layout"] = layout.rawValue
        settings["patch"] = String(grid.side)
        settings["normalise"] = scale.rawValue
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
            attachments: weights.map { [$0] } ?? [], learning: learning)
        return request
    }

    // MARK: Handing over

    /// The sequences with maps, in the parent's order. No map comes after this was asked for.
    package private(set) lazy var survey: Survey = {
        isFinished = true
        runs.sort { $0.sequence < $1.sequence }
        let sequences = runs.map { run in
            let row = rows[run.sequence]
            return SequenceSurvey(
                id: row.id, times: [FrameTimes(run.frames.map { Int64($0) })], group: row.group, split: row.split,
                attributes: row.attributes)
        }
        let record = source.dataset.record
        return Survey(
            format: record.source, variant: "importance", title: "Importance of patches: \(record.title)",
            citation: record.citation, license: record.license,
            fields: ImportanceSet.fields(grid, frames: frames, of: field), timeAxis: TimeAxis(kind: .counter),
            sequences: sequences, sources: [], splitRule: .source, defaultInputFrames: record.defaultPlan.inputFrames,
            defaultTargetFrames: record.defaultPlan.targetFrames)
    }()

    private var field: Field {
        let fields = source.dataset.identity.fields
        return fields.first { $0.name == source.plan.inputField } ?? fields[0]
    }

    package func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        for part in parts {
            try receiver.begin(part, covariates: [])
            for (number, field) in survey.fields.enumerated() {
                let step = max(1, (1 << 20) / field.frameByteCount)
                for begin in stride(from: part.frames.lowerBound, to: part.frames.upperBound, by: step) {
                    let frames = begin..<min(begin + step, part.frames.upperBound)
                    let block = try block(frames, of: part.sequence, number, field)
                    try receiver.receive(block, field: number, count: frames.count)
                }
            }
            try receiver.end()
        }
    }

    private func block(_ frames: Range<Int>, of sequence: Int, _ number: Int, _ field: Field) throws -> FrameBlock {
        let first = runs[sequence].record
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: frames.count * field.frameByteCount, alignment: 64)
        do {
            try spool.read((first + frames.lowerBound)..<(first + frames.upperBound), field: number, into: buffer)
        } catch {
            buffer.deallocate()
            throw error
        }
        let address = UInt(bitPattern: buffer.baseAddress)
        return FrameBlock(bytes: UnsafeRawBufferPointer(buffer)) { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }
}
