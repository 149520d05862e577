package import DataBank
internal import FoundationEssentials
internal import Glibc
package import Networks
package import Streaming
package import Tensors

/// What a training tells while it runs.
package enum FitEvent {
    /// Going on at a step of an earlier start.
    case resumed(step: Int)
    /// Optimiser steps done and planned, and the loss of the last batch.
    case step(Int, of: Int, loss: Double)
    case epoch(Record.Learning.Epoch)
}

package enum FitOutcome: Hashable, Sendable {
    case done
    /// Stopped when asked, with a checkpoint: the same call goes on from there.
    case interrupted
}

/// Trains a network on a stream, in a run of the bank: a training that was stopped anywhere and goes on ends with the same
/// bits as one that was not (same machine, threads and libtorch).
package final class Fit {
    private let network: any Forecaster
    private let objective: any Objective
    private let training: BatchSource
    private let validation: BatchSource?
    private let settings: FitSettings
    private let device: Device
    private let run: RunFolder
    private let adam: Adam
    /// Seconds between checkpoints; they have no part in the result.
    package var checkpointSeconds = 60.0
    /// Asked after every step.
    package var shouldStop: () -> Bool = { false }
    package var report: (FitEvent) -> Void = { _ in }

    /// - Parameters:
    ///   - network: with its initial values, drawn from the run's seed; its generator state is the training's.
    ///   - validation: nil where nothing was held out; then the last epoch's weights are kept.
    package init(
        _ network: any Forecaster, _ objective: any Objective, training: BatchSource, validation: BatchSource?,
        _ settings: FitSettings, on device: Device, in run: RunFolder
    ) {
        self.network = network
        self.objective = objective
        self.training = training
        self.validation = validation
        self.settings = settings
        self.device = device
        self.run = run
        adam = Adam(network.parameters, Optimisation.AdamForm(rate: settings.rate))
    }

    private var stepsPerEpoch: Int { (training.stepsPerEpoch - 1) / settings.accumulate + 1 }
    private var plannedSteps: Int { stepsPerEpoch * settings.epochs }

    /// Trains to the end, or until asked to stop. Afterwards the network has the best epoch's weights.
    package func callAsFunction() throws -> FitOutcome {
        var progress = try restored() ?? FitProgress()
        try run.update { $0.state = .running }
        let stream = try BatchStream(training, from: progress.stream, epochs: settings.epochs, threads: 1)
        var saved = Fit.now
        var pending = 0
        while !isAtEnd(progress), let batch = try stream.next() {
            let endsEpoch = batch.step == training.stepsPerEpoch - 1
            pending += 1
            let loss = try learn(batch, &progress)
            progress.stream = batch.next
            guard pending == settings.accumulate || endsEpoch else { continue }
            try step(over: pending, &progress)
            pending = 0
            report(.step(progress.step, of: plannedSteps, loss: loss))
            if endsEpoch { try endEpoch(&progress) }
            let stops = shouldStop() && !isAtEnd(progress)
            if endsEpoch || stops || Fit.now - saved > checkpointSeconds {
                try save(progress)
                saved = Fit.now
            }
            if stops {
                try run.update { $0.state = .interrupted }
                return .interrupted
            }
        }
        try finish(progress)
        return .done
    }

    private func isAtEnd(_ progress: FitProgress) -> Bool {
        progress.epochs.count >= settings.epochs || settings.patience.map { progress.waited >= $0 } ?? false
    }

    // MARK: One step

    /// Adds one batch's gradients.
    private func learn(_ batch: Batch, _ progress: inout FitProgress) throws -> Double {
        let tensors = try BatchTensors(batch, on: device)
        let total = try withPrecision { () throws(TensorError) in
            try objective.trainingLoss(of: network, tensors, step: progress.step)
        }
        try total.backward()
        let loss = try total.item()
        guard loss.isFinite else {
            throw TensorError(
                .operands,
                "the loss is \(loss) at step \(progress.step + 1): the training has run away or the data have no numbers "
                    + "there; take a smaller --rate, clip gradients, or another normalisation")
        }
        progress.lossSum += loss * Double(tensors.count)
        progress.samples += tensors.count
        return loss
    }

    private func step(over batches: Int, _ progress: inout FitProgress) throws {
        let values = settings.schedule.values(
            at: progress.step, rate: settings.rate, steps: plannedSteps, stepsPerEpoch: stepsPerEpoch)
        adam.form.rate = values.rate
        if let beta1 = values.beta1 { adam.form.beta1 = beta1 }
        try adam.averageGradients(over: batches)
        if let clip = settings.clip { try adam.clipGradients(to: clip) }
        try adam.step()
        try adam.clearGradients()
        progress.step += 1
    }

    private func withPrecision(_ body: () throws(TensorError) -> Tensor) throws(TensorError) -> Tensor {
        settings.bfloat16 ? try withBFloat16(on: device, body) : try body()
    }

    // MARK: Epochs

    private func endEpoch(_ progress: inout FitProgress) throws {
        let loss = try validation.map { try Fit.meanLoss(of: network, objective, on: $0, device) }
        let last = progress.best
        if progress.endEpoch(validation: loss) {
            let number = progress.epochs.count
            try Safetensors.write(network.parameters.state, to: run.weights(ofEpoch: number))
            // The one before goes only after the checkpoint that names this one; `finish` removes what is left.
            if let last, last != number { stale.append(run.weights(ofEpoch: last)) }
        }
        if let epoch = progress.epochs.last { report(.epoch(epoch)) }
    }

    private var stale: [String] = []

    /// The mean loss over all windows, in evaluation.
    package static func meanLoss(
        of network: any Forecaster, _ objective: any Objective, on source: BatchSource, _ device: Device
    ) throws -> Double {
        let stream = try BatchStream(source, epochs: 1, threads: 1)
        var (sum, count) = (0.0, 0)
        while let batch = try stream.next() {
            let tensors = try BatchTensors(batch, on: device)
            let loss = try withoutGradients { try objective.validationLoss(of: network, tensors).item() }
            sum += loss * Double(tensors.count)
            count += tensors.count
        }
        return sum / Double(max(1, count))
    }

    // MARK: Checkpoints

    private func save(_ progress: FitProgress) throws {
        let checkpoint = Checkpoint(step: progress.step, progress: try progress.data)
        try checkpoint.save(network.parameters, adam, to: run.checkpoint)
        for path in stale { try Disk.remove(path) }
        stale = []
        try run.update {
            ($0.epochs, $0.steps, $0.best) = (progress.epochs, progress.step, progress.best)
        }
    }

    private func restored() throws -> FitProgress? {
        guard Disk.exists(run.checkpoint) else { return nil }
        let checkpoint = try Checkpoint.restore(network.parameters, adam, from: run.checkpoint)
        guard let progress = try? JSONDecoder().decode(FitProgress.self, from: checkpoint.progress) else {
            throw TensorError(.damaged, "its place in the training cannot be understood", path: run.checkpoint)
        }
        report(.resumed(step: progress.step))
        return progress
    }

    /// Keeps the best weights and seals the run.
    private func finish(_ progress: FitProgress) throws {
        let best = run.weights(ofEpoch: progress.best ?? progress.epochs.count)
        try network.parameters.loadStrictly(try Safetensors.read(best).tensors)
        try run.finish(weights: best, named: "weights.safetensors") {
            ($0.epochs, $0.steps, $0.best) = (progress.epochs, progress.step, progress.best)
        }
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
