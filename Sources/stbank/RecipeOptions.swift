import ArgumentParser
import CausalAugmentation

/// The options by which copies are made; METHOD.md's names.
struct RecipeOptions: ParsableArguments {
    @Option(help: "paper, or interventional: content of other windows in all frames.")
    var mode: String?

    @Option(help: "Copies of each window; 3 where not given.")
    var copies: Int?

    @Option(
        help:
            "How far back from the last frame patches are replaced, in frames; a quarter of the input where not given.")
    var sigma: Double?

    @Option(help: "Seed of all draws; 0 where not given.")
    var seed: UInt64?

    @Option(help: "mix (of causal neighbours) or swap (with another window's environment).")
    var explorer: String?

    @Option(help: "gaussian, or all: every environment patch of every frame.")
    var selection: String?

    @Option(help: "What one draw decides about: patch or frame.")
    var unit: String?

    @Option(help: "peak, density or weight:FRAMES.")
    var rate: String?

    @Option(help: "Decay of the past from frame to frame, 0 to 1; 0.5 where not given.")
    var kappa: Double?

    @Option(help: "The mix's share of a new value, 0 to 1; 1 where not given.")
    var eta: Double?

    @Option(help: "How neighbours count: importance or uniform.")
    var spatial: String?

    @Option(help: "How the past counts: geometric, gaussian or none.")
    var temporal: String?

    @Option(help: "Of gaussian weights, in frames.")
    var tau: Double?

    @Option(help: "Frames before the current one that count, or all.")
    var history: String?

    @Option(help: "Whether the weights of time add up to 1: true or false.")
    var normaliseTime: String?

    @Flag(help: "Draw a copy anew that equals an earlier one.")
    var dedupe = false

    func recipe() throws -> AugmentRecipe {
        let number = { (value: Double?) in value.map { String($0) } }
        let given: [(String, String?)] = [
            ("mode", mode), ("copies", copies.map { String($0) }), ("sigma", number(sigma)), ("explorer", explorer),
            ("selection", selection), ("unit", unit), ("rate", rate), ("kappa", number(kappa)), ("eta", number(eta)),
            ("spatial", spatial), ("temporal", temporal), ("tau", number(tau)), ("history", history),
            ("normalise_time", normaliseTime), ("dedupe", dedupe ? "true" : nil),
        ]
        let settings = Dictionary(uniqueKeysWithValues: given.compactMap { key, value in value.map { (key, $0) } })
        return try AugmentRecipe(settings: settings, seed: seed ?? 0)
    }
}
