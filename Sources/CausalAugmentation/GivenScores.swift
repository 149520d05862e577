package import DataBank
package import SpaceTime
package import Streaming

/// Importance from scores of one's own, such as planted causes or what another program found: a data set with a score for every
/// patch of another's frames, under the same sequence IDs.
///
/// A sequence of scores has one frame, which holds for all its windows, or as many as the sequence it speaks of, which hold
/// frame by frame. All scores are held in memory.
package struct GivenScores {
    private let scores: Digest
    private let source: BatchSource
    private let grid: PatchGrid
    private let layout: TokenLayout
    /// By position of a sequence in the source's data set, then frame; row, column each.
    private let values: [Int: [[Double]]]

    /// - Parameters:
    ///   - scores: its first field is taken: one channel, a row and a column for each of the grid's.
    ///   - source: the windows that copies will be made of.
    /// - Throws: `.usage` where the scores are of another grid, lack a sequence or are below 0.
    package init(_ scores: DatasetRef, in bank: Bank, for source: BatchSource, side: Int? = nil) throws {
        (self.scores, self.source) = (scores.digest, source)
        let shape = source.inputShape
        grid = try bankErrors { try PatchGrid(fieldRows: shape[2], fieldColumns: shape[3], side: side) }
        let found = try GivenScores.read(scores, in: bank, grid)
        let rows = try source.dataset.sequences()
        var values: [Int: [[Double]]] = [:]
        var isWhole = true
        for sequence in rows.indices where !source.windows(ofSequence: sequence).isEmpty {
            guard let own = found[rows[sequence].id] else {
                throw BankError(.usage, "\(scores.id) has no scores of sequence `\(rows[sequence].id)`")
            }
            guard own.count == 1 || own.count == rows[sequence].frames else {
                throw BankError(
                    .usage,
                    "sequence `\(rows[sequence].id)` has \(rows[sequence].frames) frames and \(own.count) frames of scores; one "
                        + "for all, or one each")
            }
            isWhole = isWhole && own.count == 1
            values[sequence] = own
        }
        self.values = values
        layout = isWhole ? .stacked : .frame
    }

    /// All scores by sequence ID.
    private static func read(_ scores: DatasetRef, in bank: Bank, _ grid: PatchGrid) throws -> [String: [[Double]]] {
        let dataset = try Dataset(scores.digest, in: bank)
        let rows = try dataset.sequences()
        var found: [String: [[Double]]] = [:]
        for split in Split.allCases where rows.contains(where: { $0.split == split }) {
            var request = PlanRequest()
            (request.split, request.order, request.inputFrames, request.targetFrames) = (split, .stored, 1, 0)
            (request.keepMissing, request.crossGaps) = (true, true)
            let stream = try BatchStream(BatchSource(scores.pinned, in: bank, request), epochs: 1, threads: 1)
            while let batch = try stream.next() {
                guard batch.inputShape == [1, 1, grid.rows, grid.columns] else {
                    throw BankError(
                        .usage,
                        "the scores of \(scores.id) are \(batch.inputShape[1])x\(batch.inputShape[2])x\(batch.inputShape[3]), the "
                            + "patches of side \(grid.side) 1x\(grid.rows)x\(grid.columns); choose another --patch")
                }
                let sequences = batch.sequences
                try batch.withInputs { values in
                    for (slot, isValid) in batch.valid.enumerated() where isValid {
                        let own = values[(slot * grid.count)..<((slot + 1) * grid.count)].map(Double.init)
                        guard own.allSatisfy({ $0.isFinite && $0 >= 0 }) else {
                            throw BankError(
                                .usage, "`\(rows[sequences[slot]].id)`: a score is a number of at least 0")
                        }
                        found[rows[sequences[slot]].id, default: []].append(own)
                    }
                }
            }
        }
        return found
    }

    /// What makes the importance data set, and the request for it; the scores are its second parent.
    package func build(
        as name: DatasetName, version: DatasetVersion? = nil, size: EnvironmentSize
    ) throws -> (ImportanceBuild, IngestRequest) {
        let build = try ImportanceBuild(of: source, layout: layout, grid: grid, frames: 1, size: size)
        for (sequence, own) in values.sorted(by: { $0.key < $1.key }) {
            for frame in frames(ofSequence: sequence) {
                let scores = own[own.count == 1 ? 0 : frame]
                try build.append(bankErrors { try build.map(scores) }, ofSequence: sequence, frame: frame)
            }
        }
        var request = try build.request(as: name, version: version, settings: [:], seed: nil)
        request.derivation?.step.name = "importance"
        request.derivation?.parents.append(scores)
        return (build, request)
    }

    /// The frames that maps are asked for by: the windows' first, or all that windows know.
    private func frames(ofSequence sequence: Int) -> [Int] {
        let windows = source.windows(ofSequence: sequence)
        guard layout == .frame else { return windows.map { source.window($0).firstFrame } }
        return Set(windows.flatMap { source.inputFrames(ofWindow: $0).flatMap(Array.init) }).sorted()
    }
}
