package import DataBank
internal import FoundationEssentials
internal import Glibc
internal import Networks
internal import SpaceTime
internal import Streaming
package import Tensors
package import Training

/// Trains a forecaster on a data set of the bank, in a run of its own. METHOD 5, MODELS 11.
package struct ForecastTraining {
    package enum Event {
        case note(String)
        case training(FitEvent)
    }

    package struct Outcome {
        /// As it ended.
        package var record: RunRecord
        /// Whether it was done before this call.
        package var wasKnown: Bool
        /// Of this call.
        package var times: FitTimes
    }

    let bank: Bank
    let request: TrainingRequest
    let device: Device
    let shouldStop: () -> Bool
    let report: (Event) -> Void

    package init(
        _ request: TrainingRequest, in bank: Bank, on device: Device, shouldStop: @escaping () -> Bool = { false },
        report: @escaping (Event) -> Void = { _ in }
    ) {
        (self.bank, self.request, self.device) = (bank, request, device)
        (self.shouldStop, self.report) = (shouldStop, report)
    }

    /// Trains, or goes on with what was begun; the same call after an interruption ends with the same bits.
    ///
    /// - Throws: `TrainingStopped` when asked to stop, with a checkpoint.
    package func run() throws -> Outcome {
        let streams = try TrainingStreams(request, in: bank) { report(.note($0)) }
        let objective = try objective(streams.training)
        let form = try form(streams.training)
        let initial = try request.initial.map { try InitialWeights($0, in: bank) }
        let folder = try folder(streams, form, objective, initial)
        if folder.record.state == .done {
            report(.note("run \(folder.record.id) was finished before"))
            return Outcome(record: folder.record, wasKnown: true, times: FitTimes())
        }
        try Engine.seed(request.seed)
        let network = try form.network(on: device)
        if let initial { try begin(network, with: initial, in: folder) }
        describe(network, streams, form, objective)
        let fit = Fit(
            network, objective, training: streams.training, validation: streams.validation, request.fit, on: device,
            in: folder)
        fit.shouldStop = shouldStop
        fit.report = { report(.training($0)) }
        if try fit() == .interrupted { throw TrainingStopped() }
        return Outcome(record: folder.record, wasKnown: false, times: fit.times)
    }

    private func objective(_ training: BatchSource) throws -> any Objective {
        guard training.plan.copies == .parallel else {
            guard request.prior == nil, !request.isOneByOne else {
                throw BankError(
                    .usage, "--prior and --one-by-one go with --environments and copies side by side (--form parallel)")
            }
            return Prediction()
        }
        let count = training.copies + 1
        if let prior = request.prior {
            guard prior.count == count, prior.allSatisfy({ $0 >= 0 }), abs(prior.reduce(0, +) - 1) < 1e-6 else {
                throw BankError(
                    .usage,
                    "--prior takes \(count) numbers of at least 0 with the sum 1, for the original and \(count - 1) copies"
                )
            }
        }
        return EnvironmentPrediction(environments: count, prior: request.prior, isOneByOne: request.isOneByOne)
    }

    private func form(_ training: BatchSource) throws -> NetworkForm {
        let steps = ((training.stepsPerEpoch - 1) / request.fit.accumulate + 1) * request.fit.epochs
        return try NetworkForm(
            request.model, request.network, ForecastShape(of: training),
            plannedSteps: request.scalesSampling ? steps : nil)
    }

    private func folder(
        _ streams: TrainingStreams, _ form: NetworkForm, _ objective: any Objective, _ initial: InitialWeights?
    ) throws -> RunFolder {
        var settings = RunSettings(form, streams, request.fit, seed: request.seed, preset: request.preset)
        settings.prior = request.prior
        settings.isOneByOne = objective.passes > 1
        settings.initial = initial?.digest
        settings.device = device.description
        let record = RunRecord(
            id: request.name, verb: "train", datasets: streams.datasets, settings: try settings.text(),
            making: Record.Making(command: request.command, software: request.software))
        return try RunFolder(in: bank, record, restarts: request.restarts)
    }

    /// Takes over what fits by name and shape, and says what did.
    private func begin(_ network: any Forecaster, with initial: InitialWeights, in folder: RunFolder) throws {
        let transfer = try initial.copy(into: network.parameters)
        guard !transfer.copied.isEmpty else {
            throw BankError(
                .usage,
                "nothing in \(initial.source) fits this \(request.model) by name and shape; take another checkpoint, or the sizes "
                    + "that it was made with")
        }
        try folder.update { $0.transfer = transfer }
        report(
            .note(
                "from \(transfer.source): \(transfer.copied.count) tensors copied, \(transfer.skipped.count) of another shape, "
                    + "\(transfer.missing.count) not there, \(transfer.unused.count) not used; `stbank lineage "
                    + "\(request.name)` lists them"))
    }

    private func describe(
        _ network: any Forecaster, _ streams: TrainingStreams, _ form: NetworkForm, _ objective: any Objective
    ) {
        let source = streams.training
        var text =
            "run \(request.name): \(request.model) \(request.preset), \(network.parameters.trainedCount) weights, "
            + "\(form.shape)"
        if form.padded != form.shape.frame { text += " (padded to \(form.padded))" }
        text += ", \(source.windowCount) windows"
        if source.copies > 0 { text += " with \(source.copies) copies each, \(source.plan.copies?.rawValue ?? "")" }
        report(.note(text + ", \(source.stepsPerEpoch) batches an epoch"))
    }
}

/// The user wants the work to end; a second start goes on.
package struct TrainingStopped: Error {
    package init() {}
}
