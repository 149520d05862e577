import ArgumentParser
import Training

/// How a network is trained, over what a preset says.
struct FitFlags: ParsableArguments {
    @Option(help: "Epochs at most; the preset's where not given.")
    var epochs: Int?

    @Option(help: "Adam's highest rate; the paper's is 0.01.")
    var rate: Double?

    @Option(
        help: "constant, one-cycle, cosine[:WARM-UP EPOCHS], or warm-up[:PART] and then a cosine.")
    var schedule: String?

    @Option(help: "The 2-norm that gradients are cut to; 0 for not at all.")
    var clip: Double?

    @Option(help: "Batches whose gradients make one step.")
    var accumulate = 1

    @Option(help: "Epochs without a better validation loss after which the training ends; 0 for never.")
    var patience: Int?

    @Option(help: "Decay of the weights themselves, as AdamW; 0 for none.")
    var decay: Double?

    @Flag(name: .customLong("bfloat16"), help: "Matrix products and convolutions in bfloat16.")
    var isBFloat16 = false

    func validate() throws {
        for (name, value) in [("--epochs", epochs ?? 1), ("--accumulate", accumulate)] where value < 1 {
            throw ValidationError("\(name) takes 1 or more")
        }
        guard rate.map({ $0 > 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--rate takes a number above 0")
        }
        for (name, value) in [("--clip", clip), ("--decay", decay), ("--patience", patience.map(Double.init))] {
            if let value, !(value >= 0 && value.isFinite) { throw ValidationError("\(name) takes 0 or more") }
        }
        if let schedule, Schedule(schedule) == nil {
            throw ValidationError("--schedule takes constant, one-cycle, cosine[:EPOCHS] or warm-up[:PART]")
        }
    }

    func settings(over preset: FitSettings) -> FitSettings {
        var fit = preset
        fit.epochs = epochs ?? fit.epochs
        fit.rate = rate ?? fit.rate
        fit.schedule = schedule.flatMap { Schedule($0) } ?? fit.schedule
        fit.clip = clip.map { $0 == 0 ? nil : $0 } ?? fit.clip
        fit.accumulate = accumulate
        fit.patience = patience.map { $0 == 0 ? nil : $0 } ?? fit.patience
        fit.decay = decay.map { $0 == 0 ? nil : FitSettings.Decay(amount: $0, isDecoupled: true) } ?? fit.decay
        fit.bfloat16 = isBFloat16
        return fit
    }
}
