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
        let build = try ImportanceBuild(
            of: plans.windows, layout: request.tokenLayout, grid: form.grid, frames: score.frames, size: request.size,
            scale: request.scale)
        var figures = ImportanceFigures()
        let sources = try request.splits.compactMap { try plans.maps(of: $0) }
        let total = sources.reduce(0) { $0 + $1.windowCount }
        var done = 0
        let pass = MapPass(
            network: first.network, second: second, score: score, grid: form.grid, device: device, rows: rows,
            shouldStop: shouldStop
        ) { count in
            done += count
            report(.maps(done: done, of: total))
        }
        for source in sources { try pass.run(source, into: build, &figures) }
        let values = figures.values.merging(try losses(first.network, plans)) { $1 }
        var learning = Record.Learning(run: first.run, epochs: first.epochs, figures: values)
        learning.secondSeed = request.secondSeed.map { Seed($0) }
        var ingest = try build.request(
            as: name, version: version, settings: settings(first, form), seed: request.seed,
            weights: Derivation.Attachment(path: first.weights, name: "weights.safetensors"), learning: learning)
        (ingest.naming, ingest.command, ingest.software) = (naming, request.command, request.software)
        let outcome = try Ingestion(into: bank, from: build, ingest, shell: NetCDFShell()) { event in
            if case .note(let text) = event { report(.note(text)) }
        }.run()
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
        let mean = try MeanFrame(of: plans.measured, request.task)
        let objective = request.task.objective
        var values = [
            "loss_training": try Fit.meanLoss(of: network, objective, on: plans.measured, device),
            "loss_mean_frame_training": try mean.loss(on: plans.measured),
        ]
        if let validation = plans.validation {
            values["loss_validation"] = try Fit.meanLoss(of: network, objective, on: validation, device)
            values["loss_mean_frame_validation"] = try mean.loss(on: validation)
        }
        return values
    }

    /// All that the maps follow from, besides what `ImportanceBuild` says.
    private func settings(_ upstream: Upstream, _ form: UpstreamForm) throws -> [String: String] {
        var settings = [
            "upstream": form.kind.rawValue, "network": form.settings, "task": request.task.rawValue,
            "score": request.score.rawValue, "splits": request.splits.map(\.rawValue).joined(separator: ","),
        ]
        if request.score == .attention {
            settings["aggregate"] = request.aggregate.description
            if form.kind == .swin { settings["stages"] = request.stages.rawValue }
        }
        if upstream.run != nil { settings["training"] = try CanonicalCoding.text(of: request.fit) }
        return settings
    }
}
