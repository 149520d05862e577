internal import ArrayFiles
internal import CausalAugmentation
package import DataBank
internal import Networks
package import SpaceTime
internal import Streaming
package import Tensors
package import Training

/// Trains an upstream network on the training split of a data set and stores which patches it looks at.
///
/// METHOD sections 1 and 2, and 12 for what is not the paper's.
package struct Discovery {
    package enum Event {
        case note(String)
        case training(FitEvent)
        /// Windows done and in all.
        case maps(done: Int, of: Int)
    }

    package struct Outcome {
        package var ref: DatasetRef
        package var wasKnown: Bool
        package var learning: Record.Learning
    }

    let bank: Bank
    let ref: DatasetRef
    let dataset: Dataset
    let request: DiscoveryRequest
    let device: Device
    let report: (Event) -> Void
    let shouldStop: () -> Bool

    package init(
        of ref: DatasetRef, in bank: Bank, _ request: DiscoveryRequest, on device: Device,
        shouldStop: @escaping () -> Bool = { false }, report: @escaping (Event) -> Void = { _ in }
    ) throws {
        self.bank = bank
        self.ref = ref
        self.request = request
        self.device = device
        self.report = report
        self.shouldStop = shouldStop
        dataset = try Dataset(ref.digest, in: bank)
    }

    /// - Throws: `DiscoveryStopped` when asked to stop; the same call goes on from there.
    package func run(as name: DatasetName, version: DatasetVersion?, naming: IngestRequest.Naming) throws -> Outcome {
        let rows = try dataset.sequences()
        guard rows.contains(where: { $0.split == .train }) else { throw Discovery.noTraining(ref) }
        let plans = try UpstreamPlans(self)
        let form = try plans.form
        let first = try upstream(request.seed, plans, form)
        let second = try request.secondSeed.map { try upstream($0, plans, form).network }
        let score: any PatchScore = plans.score(form)
        let spool = try ImportanceSpool(in: bank, each: score.frames * form.grid.count)
        var figures = ImportanceFigures()
        let sources = try request.splits.compactMap { try plans.maps(of: $0) }
        let total = sources.reduce(0) { $0 + $1.windowCount }
        var done = 0
        let pass = MapPass(
            network: first.network, second: second, score: score, grid: form.grid, size: request.size,
            scale: request.scale, device: device, rows: rows, shouldStop: shouldStop
        ) { count in
            done += count
            report(.maps(done: done, of: total))
        }
        var found = try sources.flatMap { try pass.run($0, into: spool, &figures) }
        let order = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.id, $0) })
        found.sort { order[$0.row.id] ?? 0 < order[$1.row.id] ?? 0 }
        let values = figures.values.merging(try losses(first.network, plans)) { $1 }
        var learning = Record.Learning(run: first.run, epochs: first.epochs, figures: values)
        if let seed = request.secondSeed { learning.figures["second_seed"] = Double(seed) }
        let field = dataset.identity.fields.first { $0.name == plans.fieldName } ?? dataset.identity.fields[0]
        let maps = MapForm(
            frames: score.frames, rows: form.grid.rows, columns: form.grid.columns, side: form.grid.side)
        let provider = ImportanceProvider(dataset, field: field, rows: found, maps: maps, spool)
        let outcome = try publish(provider, first, learning, plans, form, as: name, version: version, naming: naming)
        return Outcome(ref: outcome.ref, wasKnown: outcome.wasKnown, learning: learning)
    }

    static func noTraining(_ ref: DatasetRef) -> BankError {
        BankError(
            .usage,
            "\(ref.id) has no training data, and nothing else may be learnt from; ingest it again with a rule that gives some, "
                + "such as --split time:80/10/10 or --split group:80/10/10")
    }

    /// Losses in evaluation of the weights that were kept, beside those of the mean training frame.
    private func losses(_ network: any AttentionSource, _ plans: UpstreamPlans) throws -> [String: Double] {
        let mean = try MeanFrame(of: plans.training, request.task)
        let objective = request.task.objective
        var values = [
            "loss_training": try Fit.meanLoss(of: network, objective, on: plans.training, device),
            "loss_mean_frame_training": try mean.loss(on: plans.training),
        ]
        if let validation = plans.validation {
            values["loss_validation"] = try Fit.meanLoss(of: network, objective, on: validation, device)
            values["loss_mean_frame_validation"] = try mean.loss(on: validation)
        }
        return values
    }

    private func publish(
        _ provider: ImportanceProvider, _ upstream: Upstream, _ learning: Record.Learning, _ plans: UpstreamPlans,
        _ form: UpstreamForm, as name: DatasetName, version: DatasetVersion?, naming: IngestRequest.Naming
    ) throws -> IngestOutcome {
        let step = try step(upstream, plans, form)
        var ingest = IngestRequest(
            name: name, version: version, readerVersion: step.version, settings: step.settings, parts: provider.parts,
            command: request.command, software: request.software)
        ingest.naming = naming
        ingest.derivation = Derivation(
            .importance, from: [ref.digest], by: step,
            attachments: [Derivation.Attachment(path: upstream.weights, name: "weights.safetensors")],
            learning: learning)
        return try Ingestion(into: bank, from: provider, ingest, shell: NetCDFShell()) { event in
            if case .note(let text) = event { report(.note(text)) }
        }.run()
    }

    private func step(_ upstream: Upstream, _ plans: UpstreamPlans, _ form: UpstreamForm) throws -> Identity.Step {
        var settings = [
            "upstream": form.kind.rawValue, "network": form.settings, "task": request.task.rawValue,
            "score": request.score.rawValue, "layout": request.tokenLayout.rawValue,
            "normalise": request.scale.rawValue, "patch": String(form.grid.side), "plan": plans.windows.plan.text,
            "splits": request.splits.map(\.rawValue).joined(separator: ","),
            "weights": try FileDigest.sha256(ofFileAt: upstream.weights).description,
        ]
        if request.score == .attention {
            settings["aggregate"] = request.aggregate.description
            if form.kind == .swin { settings["stages"] = request.stages.rawValue }
        }
        switch request.size {
        case .ratio(let ratio): settings["ratio"] = JSONValue.real(ratio).canonicalText
        case .count(let count): settings["count"] = String(count)
        }
        if upstream.run != nil { settings["training"] = try CanonicalCoding.text(of: request.fit) }
        return Identity.Step(name: "discover", version: 1, settings: settings, seed: request.seed)
    }
}
