internal import FoundationEssentials
internal import Glibc
internal import SpaceTime

/// Turns a finished build into a data set: tables, identity, record, then names, in an order that a crash cannot hurt.
struct Publication {
    let bank: Bank
    let survey: Survey
    let request: IngestRequest
    let plan: ShardPlan
    let results: [ShardResult]
    let sources: [Record.Source]
    let buildKey: Digest
    let recipe: Identity.Step
    let parent: Extension?
    let started: Date

    func publish(from staging: Staging) throws -> IngestOutcome {
        let refused = results.flatMap(\.refused)
        let refusedParts = Set(refused.map(\.part))
        let kept = plan.parts.indices.filter { !refusedParts.contains($0) }
        guard !kept.isEmpty else {
            throw BankError(.damaged, "every sequence was refused; the first: \(refused.first?.reason ?? "")")
        }
        let built = piecesOfParts()
        let rows = (parent?.rows ?? []) + kept.map { row($0, built[$0] ?? []) }
        let table = try CanonicalCoding.lines(of: rows)
        let identity = Identity(
            kind: request.derivation?.kind ?? .frames, fields: survey.fields, timeAxis: survey.timeAxis,
            covariates: survey.covariates, recipe: [recipe], parents: request.derivation?.parents ?? [],
            sequences: Identity.Table(
                count: rows.count, frames: rows.reduce(0) { $0 + $1.frames }, digest: SHA256.digest(of: table)))
        let identityText = try CanonicalCoding.text(of: identity)
        let digest = SHA256.digest(of: identityText)
        let pieces = allPieces(kept)
        let piecesText = try CanonicalCoding.lines(of: pieces)
        let skipped = survey.skipped + refused.map { Survey.Skipped(plan.parts[$0.part].id, reason: $0.reason) }
        var record = try record(of: digest, rows: rows, pieces: pieces, piecesText: piecesText, skipped: skipped)
        let lock = try bank.changing()
        try checkParent()
        if let derivation = request.derivation { try complete(&record, derivation) }
        let wasKnown = Disk.exists(bank.manifest(digest))
        if !wasKnown {
            try moveObjects(from: staging.path)
            try writeManifest(
                digest, in: staging.path,
                [
                    "identity.json": identityText, "sequences.jsonl": table, "pieces.jsonl": piecesText,
                    "record.json": try record.text(),
                ])
        }
        if parent == nil { try Disk.writeWhole("\(digest)\n", to: bank.build(buildKey)) }
        let ref = try Naming(bank: bank, request: request).ref(for: digest, parent: parent?.ref)
        withExtendedLifetime(lock) {}
        return IngestOutcome(
            ref: ref, wasKnown: wasKnown,
            refused: refused.map { Survey.Skipped(plan.parts[$0.part].id, reason: $0.reason) },
            tallies: record.tallies)
    }

    /// The shards of an extended data set are used again, so it has to be there still.
    private func checkParent() throws(BankError) {
        for digest in request.derivation?.parents ?? [] where !Disk.exists(bank.manifest(digest)) {
            throw BankError(.usage, "#\(digest.short), which this is made from, was removed meanwhile", path: bank.path)
        }
        guard let parent, !Disk.exists(bank.manifest(parent.ref.digest)) else { return }
        throw BankError(
            .usage, "\(parent.ref.id) was removed while it was extended; ingest all sequences anew", path: bank.path)
    }

    /// Keeps the files that go with a derived data set.
    private func complete(_ record: inout Record, _ derivation: Derivation) throws {
        let kept = try derivation.attachments.map { try bank.keep($0.path, as: $0.name) }
        record.attachments = kept.isEmpty ? nil : kept
        record.learning = derivation.learning
    }

    // MARK: Tables

    /// A piece as planned, and what came of it.
    private typealias BuiltPiece = (planned: ShardPlan.Piece, result: ShardResult.PieceResult)

    private func piecesOfParts() -> [Int: [BuiltPiece]] {
        var pieces: [Int: [BuiltPiece]] = [:]
        for result in results {
            for piece in result.pieces {
                let planned = plan.shards[result.shard][piece.piece]
                pieces[planned.part, default: []].append((planned, piece))
            }
        }
        return pieces
    }

    private func row(_ part: Int, _ pieces: [BuiltPiece]) -> SequenceRow {
        let begin = plan.parts[part].range.frames.lowerBound
        let content = survey.fields.indices.map { field in Publication.joined(pieces.map { $0.result.content[field] }) }
        let missing = survey.fields.indices.map { field in
            pieces.flatMap { piece in
                piece.result.missing[field].map { [$0[0] + piece.planned.frames.lowerBound - begin, $0[1]] }
            }
        }
        let covariates = pieces.compactMap(\.result.covariates)
        return SequenceRow(
            plan.parts[part], of: survey, content: content, missing: missing,
            covariates: covariates.isEmpty ? nil : Publication.joined(covariates))
    }

    /// The digest of a sequence: its only piece's, or the SHA-256 of its pieces' digests as text, in order.
    static func joined(_ digests: [Digest]) -> Digest {
        digests.count == 1 ? digests[0] : SHA256.digest(of: digests.map(\.description).joined())
    }

    private var oldFiles: [Record.PayloadFile] { parent?.dataset.record.payload ?? [] }
    private var newFiles: [ShardResult.FileResult] { results.flatMap(\.files) }

    private func allPieces(_ kept: [Int]) -> [Piece] {
        let rowOfPart = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0 + (parent?.rows.count ?? 0)) })
        var pieces = parent?.pieces ?? []
        var file = oldFiles.count
        for result in results {
            for piece in result.pieces {
                let planned = plan.shards[result.shard][piece.piece]
                guard let row = rowOfPart[planned.part] else { continue }
                for field in survey.fields.indices {
                    pieces.append(
                        Piece(
                            sequence: row, field: field,
                            offset: planned.frames.lowerBound - plan.parts[planned.part].range.frames.lowerBound,
                            frames: planned.frames.count, file: file + field, position: piece.position,
                            xxh3: piece.xxh3[field], moments: piece.moments[field],
                            windows: plan.form == nil ? nil : planned.windows))
                }
            }
            file += result.files.count
        }
        return pieces.sorted { ($0.field, $0.sequence, $0.offset) < ($1.field, $1.sequence, $1.offset) }
    }

    private func record(
        of digest: Digest, rows: [SequenceRow], pieces: [Piece], piecesText: String, skipped: [Survey.Skipped]
    ) throws -> Record {
        var tallies = parent?.dataset.record.tallies ?? [:]
        for result in results { tallies.merge(result.tallies, uniquingKeysWith: +) }
        return Record(
            identity: digest, source: survey.format, variant: survey.variant, title: survey.title,
            citation: survey.citation, license: survey.license,
            defaultPlan: Record.Plan(
                inputFrames: survey.defaultInputFrames, targetFrames: survey.defaultTargetFrames),
            payload: oldFiles + newFiles.map(\.file), pieces: SHA256.digest(of: piecesText),
            statistics: try survey.fields.indices.map { try statistics(ofField: $0, rows: rows, pieces: pieces) },
            sources: (parent?.dataset.record.sources ?? []) + sources, buildKey: buildKey, notes: survey.notes,
            skipped: skipped, tallies: tallies, making: making)
    }

    private func statistics(ofField field: Int, rows: [SequenceRow], pieces: [Piece]) throws -> FieldStatistics? {
        let training = pieces.filter { $0.field == field && rows[$0.sequence].split == .train }
        guard !training.isEmpty else { return nil }
        var (channels, bins) = try baseStatistics(ofField: survey.fields[field])
        for piece in training {
            for (channel, moments) in piece.moments.enumerated() { channels[channel].add(moments) }
        }
        for file in newFiles where file.file.field == field {
            for (bin, count) in file.bins.enumerated() { bins[bin] += count }
        }
        if let old = parent?.dataset.record.statistics[field]?.histogram {
            for (bin, count) in zip(old.bins, old.counts) where bins.indices.contains(bin) { bins[bin] += count }
        }
        return FieldStatistics(channels, bins: bins)
    }

    private var making: Record.Making {
        Record.Making(
            started: started.formatted(.iso8601), finished: Date().formatted(.iso8601), host: Record.Making.hostName,
            command: request.command, software: request.software)
    }

    // MARK: Moving in

    private func moveObjects(from folder: String) throws(BankError) {
        for file in newFiles.map(\.file) {
            let (name, digest) = (file.name, file.sha256)
            let object = bank.object(digest)
            if Disk.exists("\(object)/\(name)") { continue }
            try Disk.makeFolder(object)
            chmod("\(folder)/\(name)", 0o444)
            try Disk.rename("\(folder)/\(name)", to: "\(object)/\(name)")
            try Disk.syncFolder(object)
        }
        try Disk.syncFolder(bank.path + "/objects")
    }

    private func writeManifest(_ digest: Digest, in folder: String, _ texts: [String: String]) throws(BankError) {
        let manifest = folder + "/manifest"
        try Disk.removeTree(manifest)
        try Disk.makeFolder(manifest)
        for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
            try Disk.writeWhole(text, to: "\(manifest)/\(name)")
        }
        try Disk.rename(manifest, to: bank.manifest(digest))
        try Disk.syncFolder(bank.path + "/manifests")
    }
}
