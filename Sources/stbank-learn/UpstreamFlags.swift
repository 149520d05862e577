import ArgumentParser
import CausalAugmentation
import Discovery
import Training

/// What the upstream network is and how it is trained.
struct UpstreamFlags: ParsableArguments {
    @Option(help: "vit or swin.")
    var upstream: UpstreamOptions.Kind

    @Option(help: "Tokens' width, D: 128 for vit, 48 for swin where not given.")
    var width: Int?

    @Option(help: "Blocks: 12 for vit, 2,2,6,2 for swin where not given.")
    var depth: String?

    @Option(help: "Heads: 4 for vit, one for 16 of width for each stage of swin where not given.")
    var heads: String?

    @Option(help: "Side of a patch in pixels; about 8 patches along the shorter side where not given.")
    var patch: Int?

    @Option(help: "Side of a swin's token in pixels; half a patch where not given.")
    var token: Int?

    @Option(help: "Side of a swin's window in tokens; 4 where not given.")
    var window: Int?

    @Option(help: "Part of the tokens that training hides.")
    var maskRatio = 0.0

    @Option(help: "Part of the activations that training drops.")
    var dropout = 0.0

    @Option(help: "Epochs at most.")
    var epochs = 30

    @Option(help: "Adam's highest rate.")
    var rate = 0.001

    @Option(help: "constant, one-cycle, or cosine[:WARM-UP EPOCHS].")
    var schedule = "constant"

    @Option(help: "The 2-norm that gradients are cut to; not at all where not given.")
    var clip: Double?

    @Option(help: "Batches whose gradients make one step.")
    var accumulate = 1

    @Option(
        help: "Epochs without a better validation loss after which the training ends; 5 where not given, 0 for never.")
    var patience = 5

    @Flag(name: .customLong("bfloat16"), help: "Matrix products and convolutions in bfloat16.")
    var isBFloat16 = false

    func validate() throws {
        let counts = [("--epochs", epochs), ("--accumulate", accumulate)]
        for (name, value) in counts where value < 1 { throw ValidationError("\(name) takes 1 or more") }
        guard rate > 0, rate.isFinite, patience >= 0, clip.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--rate and --clip take numbers above 0, --patience 0 or more")
        }
        guard (0..<1).contains(maskRatio), (0..<1).contains(dropout) else {
            throw ValidationError("--mask-ratio and --dropout take a part from 0 to below 1")
        }
        _ = try (sizes("--depth", depth), sizes("--heads", heads), fit())
    }

    func options() throws -> UpstreamOptions {
        var options = UpstreamOptions(upstream)
        options.width = width
        options.depths = try sizes("--depth", depth)
        options.heads = try sizes("--heads", heads)
        options.window = window
        options.token = token
        options.maskRatio = maskRatio
        options.dropout = dropout
        return options
    }

    func fit() throws -> FitSettings {
        var fit = FitSettings(epochs: epochs, rate: rate)
        fit.schedule = try form()
        fit.clip = clip
        fit.accumulate = accumulate
        fit.patience = patience == 0 ? nil : patience
        fit.bfloat16 = isBFloat16
        return fit
    }

    private func form() throws -> Schedule {
        switch schedule {
        case "constant": return .constant
        case "one-cycle": return .oneCycle
        case "cosine": return .cosine(warmUp: 0, start: rate, floor: rate / 1000)
        default:
            guard schedule.hasPrefix("cosine:"), let warmUp = Int(schedule.dropFirst(7)), warmUp >= 0 else {
                throw ValidationError("--schedule takes constant, one-cycle, cosine or cosine:EPOCHS")
            }
            return .cosine(warmUp: warmUp, start: rate / 100, floor: rate / 1000)
        }
    }

    private func sizes(_ option: String, _ text: String?) throws -> [Int]? {
        guard let text else { return nil }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
        guard numbers.allSatisfy({ (1...1 << 16).contains($0) }) else {
            throw ValidationError("\(option) takes a number, or for swin one a stage, as in 2,2,6,2")
        }
        return numbers
    }
}

extension UpstreamOptions.Kind: ExpressibleByArgument {}
extension UpstreamTask: ExpressibleByArgument {}
extension ScoreKind: ExpressibleByArgument {}
extension StageChoice: ExpressibleByArgument {}
extension ImportanceScale: ExpressibleByArgument {}
