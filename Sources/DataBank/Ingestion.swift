internal import FoundationEssentials
package import SpaceTime

/// One build of a `frames` data set from a provider: staged, journalled, published as a whole or not at all.
package struct Ingestion {
    let bank: Bank
    let provider: any FrameProvider
    let request: IngestRequest
    let shell: any ShellWriter
    let report: (IngestEvent) throws -> Void
    private let started = Date()

    package init(
        into bank: Bank, from provider: any FrameProvider, _ request: IngestRequest, shell: any ShellWriter,
        report: @escaping (IngestEvent) throws -> Void = { _ in }
    ) {
        self.bank = bank
        self.provider = provider
        self.request = request
        self.shell = shell
        self.report = report
    }

    var survey: Survey { provider.survey }

    /// Runs the build, or answers at once where the same sources were ingested by the same recipe before. What parts have finished is
    /// taken over.
    package func run() throws -> IngestOutcome {
        try SurveyCheck.check(survey)
        try Naming(bank: bank, request: request).checkBefore()
        let sources = try SourceHashing(survey.sources, in: bank, rehash: request.rehash)
        if try request.derivation != nil || sources.isKnown || bank.mayHold(sourcesOf: sources.byteCount),
            let found = try knownBuild(try sources.wait())
        {
            // A build killed after it was published had no time to clear up.
            try Staging.discardAbandoned(bank, key: try stagingKey(sources, nil))
            return found
        }
        try Naming(bank: bank, request: request).checkNew()
        let parent = request.naming == .extend ? try Extension(of: request.name, in: bank) : nil
        let plan = try shardPlan(parent)
        try checkSpace(for: plan)
        let key = try stagingKey(sources, parent)
        let staging = try Staging(bank, key: key, shards: plan.shards.count, report: report)
        if let found = try finishedMeanwhile() {
            try staging.discard()
            return found
        }
        try staging.takeParts(report)
        let results = try build(plan, plan.shards.indices, in: staging, beside: sources)
        let hashes = try sources.wait()
        try sources.checkUnchanged()
        let publication = Publication(
            bank: bank, survey: survey, request: request, plan: plan, results: results, sources: hashes,
            buildKey: try buildKey(hashes), recipe: recipe, parent: parent, started: started)
        let outcome = try publication.publish(from: staging)
        try staging.discard()
        return outcome
    }

    func shardPlan(_ parent: Extension?) throws -> ShardPlan {
        if let plan = request.plan { return plan }
        let parts = try parent?.newParts(request.parts, of: survey, recipe: recipe) ?? request.parts
        return ShardPlan(
            parts: parts, fields: survey.fields, firstNumber: parent?.firstShard ?? 0, pieceBytes: request.pieceBytes,
            shardBytes: request.shardBytes)
    }

    private func checkSpace(for plan: ShardPlan) throws(BankError) {
        try checkSpace(for: plan.shards.reduce(0) { $0 + bytes(of: $1) })
    }

    func checkSpace(for byteCount: Int) throws(BankError) {
        // An archive's frames lie unpacked beside it until the shard is closed.
        let unpacked = request.archive ? ShardPlan.shardBytes : 0
        let needed = byteCount + unpacked + (64 << 20)
        let free = try Disk.freeSpace(at: bank.path)
        guard free >= needed else {
            throw BankError(
                .system,
                "the disk has \(free >> 20) MiB free, this data set needs \(needed >> 20) MiB. Free some space or "
                    + "choose another --bank", path: bank.path)
        }
    }

    // MARK: Keys

    private var recipe: Identity.Step {
        if let derivation = request.derivation { return derivation.step }
        var settings = request.settings
        settings["format"] = survey.format
        settings["variant"] = survey.variant
        return Identity.Step(name: "ingest", version: request.readerVersion, settings: settings)
    }

    private struct BuildKey: Encodable {
        struct Source: Encodable {
            var sha256: Digest
            var size: Int
        }

        var sources: [Source]
        var recipe: Identity.Step
        /// Of a data set made from others.
        var parents: [Digest]?
    }

    /// SHA-256 of the sources' digests and sizes and of the recipe.
    private func buildKey(_ sources: [Record.Source]) throws -> Digest {
        let sorted = sources.map { BuildKey.Source(sha256: $0.sha256, size: $0.size) }
            .sorted { ($0.sha256, $0.size) < ($1.sha256, $1.size) }
        return SHA256.digest(
            of: try CanonicalCoding.text(
                of: BuildKey(sources: sorted, recipe: recipe, parents: request.derivation?.parents)))
    }

    /// Known before the sources are hashed: names the staging folder.
    func stagingKey(_ sources: SourceHashing, _ parent: Extension?) throws -> Digest {
        let extended = parent?.ref.digest.description ?? ""
        let packing = request.archive ? "archive" : ""
        let parents = request.derivation?.parents.map(\.description).joined() ?? ""
        return SHA256.digest(
            of: try CanonicalCoding.text(of: recipe) + extended + packing + parents + sources.stampText)
    }

    // MARK: Known content

    func knownBuild(_ sources: [Record.Source]) throws -> IngestOutcome? {
        guard request.naming != .extend else { return nil }
        // Locked before the look, so that `gc` cannot take away what is about to be named.
        let lock = try bank.changing()
        guard let text = try Disk.text(of: bank.build(try buildKey(sources)), limit: 1 << 12) else { return nil }
        guard let digest = Digest(String(text.dropLast())), Disk.exists(bank.manifest(digest)) else { return nil }
        let dataset = try Dataset(digest, in: bank)
        let ref = try Naming(bank: bank, request: request).ref(for: digest, parent: nil)
        withExtendedLifetime(lock) {}
        return IngestOutcome(ref: ref, wasKnown: true, refused: [], tallies: dataset.record.tallies)
    }

    /// While this build waited for another of the same staging folder, that one may have finished.
    private func finishedMeanwhile() throws -> IngestOutcome? {
        let sources = try SourceHashing(survey.sources, in: bank, rehash: false)
        return request.derivation != nil || sources.isKnown ? try knownBuild(try sources.wait()) : nil
    }

    // MARK: Building

    func build(
        _ plan: ShardPlan, _ shards: some Sequence<Int>, in staging: Staging, beside sources: SourceHashing
    ) throws -> [ShardResult] {
        let total = shards.reduce(0) { $0 + bytes(of: plan.shards[$1]) }
        let done = Counter()
        var results: [ShardResult] = []
        let finished = staging.finished.keys.reduce(0) { $0 + bytes(of: plan.shards[$1]) }
        sources.start(beside: total - finished)
        for shard in shards {
            if let result = staging.finished[shard] {
                done.value += bytes(of: plan.shards[shard])
                results.append(result)
                continue
            }
            let progress = { (bytes: Int) in
                done.value += bytes
                try report(.progress(done: done.value, of: total))
            }
            let writer = try ShardWriter(
                shard: shard, of: plan, survey: survey, in: staging.path, shell: shell, archive: request.archive,
                sources: sources, progress: progress)
            do {
                try provider.deliver(writer.parts, to: writer)
                let result = try writer.close()
                try staging.note(result)
                results.append(result)
            } catch {
                writer.abandon()
                throw error
            }
        }
        return results
    }

    func bytes(of shard: [ShardPlan.Piece]) -> Int {
        shard.reduce(0) { $0 + $1.frames.count } * survey.fields.reduce(0) { $0 + $1.frameByteCount }
    }

    private final class Counter {
        var value = 0
    }
}
