internal import SpaceTime

/// Receives the frames of one shard and writes its payload files, one a field.
final class ShardWriter: PatchReceiver {
    private let number: Int
    private let pieces: [ShardPlan.Piece]
    private let plan: ShardPlan
    private let survey: Survey
    private let folder: String
    private let shell: any ShellWriter
    private let isArchive: Bool
    private let progress: (Int) throws -> Void
    private let workers = IngestWorkers()
    private let files: [PayloadFileWriter]
    private let plannedHeaders: [[UInt8]]

    /// The piece being received.
    private var current = 0
    /// Where it began in each file.
    private var starts: [Int]
    /// Kept pieces: position in `pieces`, first frame in the files, covariates.
    private var kept: [(piece: Int, position: Int, covariates: [[Double]])] = []
    private var covariates: [[Double]] = []
    /// Of kept pieces, by position in `pieces`.
    private var tables: [Int: [[UInt8]]] = [:]
    private var refused: [ShardResult.Refusal] = []
    private var tallies: [String: Int] = [:]

    /// - Parameter progress: is told the bytes of each block as it arrives; what it throws ends the build.
    init(
        shard number: Int, of plan: ShardPlan, survey: Survey, in folder: String, shell: any ShellWriter,
        archive: Bool, sources: SourceHashing, progress: @escaping (Int) throws -> Void
    ) throws {
        isArchive = archive
        self.number = number
        self.plan = plan
        self.survey = survey
        self.folder = folder
        self.shell = shell
        self.progress = progress
        pieces = plan.shards[number]
        let planned = pieces.reduce(0) { $0 + $1.frames.count }
        var files: [PayloadFileWriter] = []
        var headers: [[UInt8]] = []
        for (position, field) in survey.fields.enumerated() {
            let path = "\(folder)/\(ShardWriter.fileName(field, number + plan.firstNumber))"
            let layout = ShardWriter.layout(
                pieces.map { ($0, [], []) }, plan, survey, field: position,
                tables: pieces.map { plan.form?.emptyTables(patches: $0.frames.count, windows: $0.windows) ?? [] })
            let end = shell.payloadOffset + planned * field.frameByteCount
            headers.append(try Shell(layout, writer: shell, beside: path, payloadEnd: end).header)
            files.append(
                try PayloadFileWriter(
                    field, at: path, plannedFrames: planned, pieces: pieces.count, header: headers[position],
                    workers: workers, sources: sources))
        }
        self.files = files
        plannedHeaders = headers
        starts = files.map(\.position)
    }

    private func fileName(_ field: Field) -> String { ShardWriter.fileName(field, number + plan.firstNumber) }

    private static func fileName(_ field: Field, _ shard: Int) -> String {
        let digits = String(shard)
        return field.name + "-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits + ".nc"
    }

    /// The frames to ask a provider for, in order.
    var parts: [FrameRange] {
        pieces.map { FrameRange(sequence: plan.parts[$0.part].range.sequence, frames: $0.frames) }
    }

    // MARK: FrameReceiver

    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        let piece = pieces[current]
        precondition(
            part == FrameRange(sequence: plan.parts[piece.part].range.sequence, frames: piece.frames), "parts in order")
        for (covariate, numbers) in zip(survey.covariates, covariates) {
            guard numbers.count == part.frames.count * covariate.width else {
                throw BankError(
                    .damaged, "\(covariate.name) has \(numbers.count) numbers for \(part.frames.count) frames")
            }
        }
        self.covariates = covariates
        starts = files.map(\.position)
    }

    func receive(_ block: FrameBlock, field: Int, count: Int) throws {
        try workers.check()
        try progress(block.bytes.count)
        files[field].append(block, frames: count)
    }

    func end() throws {
        let isTraining = plan.parts[pieces[current].part].split == .train
        for file in files { file.endPiece(current, isTraining: isTraining) }
        kept.append((current, starts[0], covariates))
        current += 1
    }

    func refuse(_ reason: String) throws {
        let part = pieces[current].part
        guard plan.parts[part].range.frames == pieces[current].frames else {
            throw BankError(.damaged, "sequence \(plan.parts[part].id), too long to be left out by halves: \(reason)")
        }
        for (file, start) in zip(files, starts) { file.dropPiece(from: start) }
        refused.append(ShardResult.Refusal(part: part, reason: reason))
        current += 1
    }

    func receive(tables: [[UInt8]]) throws {
        let piece = pieces[current]
        precondition(
            tables.map(\.count) == plan.form?.byteCounts(patches: piece.frames.count, windows: piece.windows),
            "tables as they were planned")
        self.tables[current] = tables
    }

    func tally(_ what: String, by amount: Int) throws { tallies[what, default: 0] += amount }

    /// Gives the shard up: no thread touches its files afterwards.
    func abandon() { workers.abandon() }

    // MARK: Closing

    /// Finishes the files. Nil where every sequence was refused: then there are no files.
    func close() throws -> ShardResult {
        precondition(current == pieces.count, "a shard is closed when all its parts have come")
        try workers.finish()
        let measures = files.map { $0.measures() }
        var results: [ShardResult.FileResult] = []
        for (position, field) in survey.fields.enumerated() {
            if kept.isEmpty {
                try Disk.remove("\(folder)/\(fileName(field))")
                continue
            }
            let layout = ShardWriter.layout(
                kept.map { part in
                    (pieces[part.piece], measures[position].pieces[part.piece].isEmpty, part.covariates)
                }, plan, survey, field: position, tables: kept.map { tables[$0.piece] ?? [] })
            let writer = files[position]
            let file =
                try isArchive
                ? writer.closePacked(named: fileName(field), field: position, layout: layout, writer: shell)
                : writer.close(
                    named: fileName(field), field: position, layout: layout, writer: shell,
                    plannedHeader: plannedHeaders[position], tables: plan.form == nil ? [] : PatchForm.tables)
            results.append(ShardResult.FileResult(file: file, bins: measures[position].trainingBins))
        }
        return ShardResult(
            shard: number, files: results, pieces: try kept.map { try result($0, measures.map(\.pieces)) },
            refused: refused, tallies: tallies)
    }

    private func result(
        _ part: (piece: Int, position: Int, covariates: [[Double]]), _ measures: [[PayloadFileWriter.PieceMeasure]]
    ) throws -> ShardResult.PieceResult {
        let own = measures.map { $0[part.piece] }
        let content = own.compactMap(\.content)
        precondition(content.count == files.count, "the workers have finished")
        var hash: SHA256?
        for numbers in part.covariates {
            hash = hash ?? SHA256()
            numbers.map { $0.isNaN ? Double.nan.bitPattern : $0.bitPattern }.withUnsafeBytes { hash?.update($0) }
        }
        for table in tables[part.piece] ?? [] {
            hash = hash ?? SHA256()
            table.withUnsafeBytes { hash?.update($0) }
        }
        // Patches are many and need no list of the empty ones: windows are never cut from them.
        let missing = plan.form == nil ? own.map { ShardWriter.runs(of: $0.isEmpty) } : own.map { _ in [] }
        return ShardResult.PieceResult(
            piece: part.piece, content: content, xxh3: own.map(\.xxh3), moments: own.map(\.moments),
            position: part.position, missing: missing, covariates: hash?.digest())
    }

    /// Runs of true as first position and count.
    private static func runs(of marks: [Bool]) -> [[Int]] {
        var runs: [[Int]] = []
        for (position, mark) in marks.enumerated() where mark {
            if let last = runs.last, last[0] + last[1] == position {
                runs[runs.count - 1][1] += 1
            } else {
                runs.append([position, 1])
            }
        }
        return runs
    }

    private typealias Part = (piece: ShardPlan.Piece, isEmpty: [Bool], covariates: [[Double]])

    /// - Parameter tables: of each part, where patches take the place of frames.
    private static func layout(
        _ parts: [Part], _ plan: ShardPlan, _ survey: Survey, field position: Int, tables: [[[UInt8]]]
    ) -> PayloadLayout {
        let field = survey.fields[position]
        if let form = plan.form {
            let entries = zip(parts, tables).map { part, tables in
                let own = plan.parts[part.piece.part]
                return PatchDescription.Entry(
                    id: own.id, split: own.split, patches: part.piece.frames.count, windows: part.piece.windows,
                    tables: tables)
            }
            return PatchDescription(field: field, form: form, title: survey.title, entries: entries).layout
        }
        return PayloadDescription(
            field: field, axis: survey.timeAxis, title: survey.title, covariates: survey.covariates,
            entries: parts.map { part in
                entry(part.piece, plan, survey, field: position, isEmpty: part.isEmpty, covariates: part.covariates)
            }
        ).layout
    }

    private static func entry(
        _ piece: ShardPlan.Piece, _ plan: ShardPlan, _ survey: Survey, field: Int, isEmpty: [Bool],
        covariates: [[Double]]
    ) -> PayloadDescription.Entry {
        let part = plan.parts[piece.part]
        let sequence = survey.sequences[part.range.sequence]
        let row = SequenceRow(part, of: survey)
        let begin = piece.frames.lowerBound - part.range.frames.lowerBound
        var flags = Array(row.flags(ofField: field, axis: survey.timeAxis)[begin..<(begin + piece.frames.count)])
        for (frame, empty) in isEmpty.enumerated() where empty { flags[frame].insert(.missing) }
        return PayloadDescription.Entry(
            id: part.id, split: part.split, group: row.group, origin: sequence.id, firstFrame: piece.frames.lowerBound,
            times: sequence.times(ofField: field).slice(piece.frames), flags: flags, attributes: sequence.attributes,
            covariates: covariates)
    }
}
