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
    /// Where the time of this start went.
    package private(set) var times = FitTimes()

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
        var form = Optimisation.AdamForm(rate: settings.rate)
        if let decay = settings.decay { (form.decay, form.isDecoupled) = (decay.amount, decay.isDecoupled) }
        adam = Adam(network.parameters, form)
    }

    private var stepsPerEpoch: Int { (training.stepsPerEpoch - 1) / settings.accumulate + 1 }
    private var plannedSteps: Int { stepsPerEpoch * settings.epochs }

    /// Trains to the end, or until asked to stop. Afterwards the network has the best epoch's weights.
    package func callAsFunction() throws -> FitOutcome {
        do {
            return try train()
        } catch {
            // What went wrong is part of the run; it can be started again all the same.
            try run.update {
                $0.state = .failed
                $0.failure = "\(error)"
            }
            throw error
        }
    }

    private func train() throws -> FitOutcome {
        var progress = try restored() ?? FitProgress()
        try run.update {
            $0.state = .running
            $0.failure = nil
        }
        let stream = try BatchStream(training, from: progress.stream, epochs: settings.epochs, threads: 1)
        var saved = Fit.now
        var pending = 0
        while !isAtEnd(progress), let batch = try timed(\.waiting, { try stream.next() }) {
            let endsEpoch = batch.step == training.stepsPerEpoch - 1
            pending += 1
            let loss = try timed(\.training) { try learn(batch, &progress) }
            progress.stream = batch.next
            guard pending == settings.accumulate || endsEpoch else { continue }
            try timed(\.training) { try step(over: pending, &progress) }
            pending = 0
            times.steps += 1
            report(.step(progress.step, of: plannedSteps, loss: loss))
            let pause = Fit.now
            defer { times.between += Fit.now - pause }
            guard endsEpoch || shouldStop() || Fit.now - saved > checkpointSeconds else { continue }
            try checkWeights(progress)
            if endsEpoch { try endEpoch(&progress) }
            try save(progress)
            saved = Fit.now
            if shouldStop() && !isAtEnd(progress) {
                try run.update { $0.state = .interrupted }
                return .interrupted
            }
        }
        try finish(progress)
        return .done
    }

    private func timed<Result>(_ part: WritableKeyPath<FitTimes, Double>, _ body: () throws -> Result) rethrows
        -> Result
    {
        let start = Fit.now
        defer { times[keyPath: part] += Fit.now - start }
        return try body()
    }

    private func isAtEnd(_ progress: FitProgress) -> Bool {
        progress.epochs.count >= settings.epochs || settings.patience.map { progress.waited >= $0 } ?? false
    }

    // MARK: One step

    /// Adds one batch's gradients.
    private func learn(_ batch: Batch, _ progress: inout FitProgress) throws -> Double {
        let tensors = try BatchTensors(batch, on: device)
        var loss = 0.0
        for pass in 0..<objective.passes {
            let part = try withPrecision { () throws(TensorError) in
                try objective.trainingLoss(of: network, tensors, step: progress.step, pass: pass)
            }
            try part.backward()
            loss += try part.item()
        }
        try check(loss, progress)
        progress.firstLoss = progress.firstLoss ?? loss
        progress.lossSum += loss * Double(tensors.count)
        progress.samples += tensors.count
        times.samples += tensors.count
        return loss
    }

    /// Beyond so many times the first loss a training has run away, although its numbers are finite.
    private static let divergence = 1e4

    private func check(_ loss: Double, _ progress: FitProgress) throws {
        let hasDiverged = progress.firstLoss.map { loss > Fit.divergence * max($0, 1e-6) } ?? false
        guard !loss.isFinite || hasDiverged else { return }
        let before = progress.firstLoss.map { ", it was \($0) at the first" } ?? ""
        throw try runaway("the loss is \(loss) at step \(progress.step + 1)\(before)")
    }

    /// What is kept must have numbers: a gradient without them spoils weights and optimiser before the next loss tells.
    private func checkWeights(_ progress: FitProgress) throws {
        // Buffers are left out: masks hold infinities.
        let weights = network.parameters.trained.map { ($0.name, $0.tensor) }
        for (name, tensor) in weights + adam.state.sorted(by: { $0.key < $1.key }).map({ ($0.key, $0.value) }) {
            guard try (tensor.detached() * 0).sum().item() != 0 else { continue }
            throw try runaway("\(name) is no longer finite after step \(progress.step)")
        }
    }

    private func runaway(_ found: String) throws -> TensorError {
        let kept = try run.keptStep().map { "; the run's last checkpoint, of step \($0), is kept" } ?? ""
        return TensorError(
            .operands,
            "\(found): the training has run away or the data have no numbers there; take a smaller --rate, --clip the "
                + "gradients, or another normalisation\(kept)")
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
        if let loss, !loss.isFinite { throw try runaway("the validation loss is \(loss) after step \(progress.step)") }
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
        let last = run.path + "/last.safetensors"
        try Safetensors.write(network.parameters.state, to: last)
        try network.parameters.loadStrictly(try Safetensors.read(best).tensors)
        try run.finish(best: best, last: last) {
            ($0.epochs, $0.steps, $0.best) = (progress.epochs, progress.step, progress.best)
            $0.figures = ($0.figures ?? [:]).merging(figures) { $1 }
        }
    }

    /// Of this start; a training that went on has spent more.
    private var figures: [String: Double] {
        [
            "seconds_training": times.training, "seconds_waiting_for_batches": times.waiting,
            "seconds_between_steps": times.between, "samples_per_second": times.samplesPerSecond,
            "part_waiting_for_batches": times.waitingPart,
        ]
    }

    private static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
