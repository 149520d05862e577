import ArgumentParser
import CausalAugmentation
import CommandFace
import DataBank
import Discovery
import Glibc
import SpaceTime
import Tensors

struct DiscoverVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Train an upstream network and store which patches it looks at.",
        discussion: """
            The network learns from the training split alone. The result is an `importance` data set: for each frame (layout \
            frame) or window the importance of every patch, and a mask that is 1 for causal patches and 0 for environment. The \
            weights, the settings, the losses and how far importance follows the patches' variance are kept with it.

              stbank discover sevir --upstream vit --as sevir-maps
              stbank discover kth --upstream swin --epochs 10 --as kth-maps --second-seed 1
              stbank discover sevir --upstream vit --task predict --score gradient_variance --ratio 0.5 --as sevir-effects

            A second start of an interrupted discovery goes on where it stopped, with the same result.
            """)

    @Argument(help: "The data set: name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @OptionGroup var network: UpstreamFlags

    @Option(name: .customLong("as"), help: "NAME or NAME@VERSION of the importance data set.")
    var name: String

    @Option(help: "reconstruct the input frames, or predict the target frames.")
    var task = UpstreamTask.reconstruct

    @Option(help: "attention or gradient_variance.")
    var score = ScoreKind.attention

    @Option(help: "frame, stacked or joint; frame to reconstruct and stacked to predict where not given.")
    var layout: String?

    @Option(help: "How blocks become one map: mean, last, index:K or rollout.")
    var aggregate = "mean"

    @Option(help: "Stages of swin that count: all or first.")
    var stages = StageChoice.all

    @Option(help: "How received attention becomes importance: sum, minmax or none.")
    var normalise = ImportanceScale.sum

    @Option(help: "Part of the patches that are environment; 0.25 where not given.")
    var ratio: Double?

    @Option(help: "Number of patches that are environment, in place of --ratio.")
    var count: Int?

    @Flag(help: "Maps for validation and test windows too; they are never learnt from.")
    var allSplits = false

    @Option(help: "Weights in place of a training: .safetensors, .pth of torch.save, or a run of this bank.")
    var checkpoint: String?

    @Option(help: "Seed of initial values, of what is dropped and hidden, of the order, and of random signs.")
    var seed: UInt64 = 0

    @Option(help: "Train a second network with this seed and say how alike its maps are.")
    var secondSeed: UInt64?

    @OptionGroup var windows: WindowOptions

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    @Flag(help: "Other content under a name that exists becomes its next major version.")
    var newVersion = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if ratio != nil, count != nil { throw ValidationError("--ratio and --count exclude each other") }
        if let layout, TokenLayout(rawValue: layout) == nil {
            throw ValidationError("--layout takes frame, stacked or joint")
        }
        if let ratio, !(ratio > 0 && ratio < 1) { throw ValidationError("--ratio takes a part between 0 and 1") }
        if let count, count < 1 { throw ValidationError("--count takes 1 or more") }
        if secondSeed == seed { throw ValidationError("--second-seed takes another seed than --seed") }
    }

    func run() throws {
        Interruption.listen()
        let console = common.console
        let naming = try DatasetReference(naming: name)
        try Engine.setThreadCount(common.threadCount)
        let bank = try common.openBank()
        let bar = StepBar(console)
        let discovery = try Discovery(
            of: bank.resolve(id), in: bank, request(), on: Device(device), shouldStop: { Interruption.isAsked },
            report: { bar.show($0) })
        do {
            let outcome = try discovery.run(
                as: naming.name, version: naming.version, naming: newVersion ? .newVersion : .first)
            bar.finish()
            show(outcome, console)
        } catch is DiscoveryStopped {
            bar.finish()
            console.note("interrupted; the same command goes on from here")
            throw ExitCode(130)
        }
    }

    private func request() throws -> DiscoveryRequest {
        var request = DiscoveryRequest(
            upstream: try network.options(), plan: try windows.request(), fit: try network.fit())
        request.task = task
        request.score = score
        request.layout = layout.flatMap(TokenLayout.init(rawValue:))
        request.aggregate = try BlockAggregate(aggregate)
        request.stages = stages
        request.scale = normalise
        request.size = count.map { .count($0) } ?? .ratio(ratio ?? 0.25)
        request.patch = network.patch
        request.seed = seed
        request.splits = allSplits ? Split.allCases : [.train]
        request.checkpoint = checkpoint
        request.secondSeed = secondSeed
        request.command = ["stbank"] + CommandLine.arguments.dropFirst()
        request.software = Software.versions.merging(["libtorch": Engine.version]) { $1 }
        return request
    }

    private func show(_ outcome: Discovery.Outcome, _ console: Console) {
        console.say(outcome.wasKnown ? "\(outcome.ref.pinned) (was there already)" : outcome.ref.pinned)
        for (name, value) in outcome.learning.figures.sorted(by: { $0.key < $1.key }) {
            console.say("  \(name)  \(Amount.number(value))")
        }
        console.emit(
            .object([
                "id": .text(outcome.ref.id), "pinned": .text(outcome.ref.pinned),
                "digest": .text(outcome.ref.digest.description), "known": .bool(outcome.wasKnown),
                "run": outcome.learning.run.map { .text($0) } ?? .null,
                "figures": .object(outcome.learning.figures.mapValues { .real($0) }),
            ]))
    }
}
