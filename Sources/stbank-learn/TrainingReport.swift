import CommandFace
import DataBank
import Forecasting
import SpaceTime
import Training

/// How a training ended.
struct TrainingReport {
    private let outcome: ForecastTraining.Outcome
    private let bank: Bank

    init(_ outcome: ForecastTraining.Outcome, in bank: Bank) { (self.outcome, self.bank) = (outcome, bank) }

    private var record: RunRecord { outcome.record }

    func show(_ console: Console) {
        console.say(record.id + (outcome.wasKnown ? " (was there already)" : ""))
        if let best = record.bestEpoch {
            let held = best.validation.map { ", validation \(Amount.number($0))" } ?? ""
            console.say(
                "  best epoch   \(best.number) of \(record.epochs.count): loss \(Amount.number(best.training))\(held)")
        }
        console.say("  steps        \(record.steps)")
        if !outcome.wasKnown {
            let times = outcome.times
            console.say(
                "  speed        \(Amount.number(times.samplesPerSecond)) windows/s; "
                    + "\(Amount.decimals(100 * times.waitingPart, 2)) % of the time waited for batches")
        }
        for (name, file) in [("best weights", record.weights), ("last weights", record.last)] {
            if let file { console.say("  \(name) \(bank.path(of: file))") }
        }
        console.emit(json)
    }

    private var json: JSONValue {
        let path = { (file: Record.Attachment?) in file.map { JSONValue.text(bank.path(of: $0)) } ?? .null }
        var figures = record.figures ?? [:]
        figures["best_validation_loss"] = record.bestEpoch?.validation
        figures["best_training_loss"] = record.bestEpoch?.training
        return .object([
            "run": .text(record.id), "state": .text(record.state.rawValue), "known": .bool(outcome.wasKnown),
            "steps": .integer(Int64(record.steps)), "best": record.best.map { .integer(Int64($0)) } ?? .null,
            "epochs": .array(record.epochs.map(\.json)), "weights": path(record.weights),
            "last_weights": path(record.last), "figures": .object(figures.mapValues { .real($0) }),
        ])
    }
}

extension RunRecord {
    var bestEpoch: Record.Learning.Epoch? { epochs.first { $0.number == best } }
}

extension Record.Learning.Epoch {
    var json: JSONValue {
        .object([
            "number": .integer(Int64(number)), "training": .real(training),
            "validation": validation.map { .real($0) } ?? .null,
        ])
    }
}

/// Several trainings that differ in their seed.
struct TrainingSummary {
    private let losses: [Double]
    private let runs: [String]

    init(_ records: [RunRecord]) {
        runs = records.map(\.id)
        losses = records.compactMap { record in record.bestEpoch.map { $0.validation ?? $0.training } }
    }

    func show(_ console: Console) {
        let spread = Spread(losses)
        console.say("best loss of \(losses.count) runs: \(spread.text)")
        console.emit(
            .object([
                "runs": .array(runs.map { .text($0) }), "best_loss_mean": .real(spread.mean),
                "best_loss_deviation": .real(spread.deviation),
            ]))
    }
}
