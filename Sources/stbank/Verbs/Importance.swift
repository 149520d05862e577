import ArgumentParser
import ArrayFiles
import CausalAugmentation
import CommandFace
import DataBank
import SpaceTime
import Streaming

struct Importance: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make importance of scores of your own, without an upstream network.",
        discussion: """
            Scores are a data set of their own: one channel, a row and a column for each row and column of patches, sequences under \
            the IDs of the data set they speak of, with one frame for a whole sequence or one for each of its frames. The least \
            scores are environment.

            Example:
              stbank ingest array scores --as storm-scores --set axes=NTCHW
              stbank importance storms --scores storm-scores --as storm-maps --ratio 0.5
            """)

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Option(help: "The data set of scores.")
    var scores: String

    @Option(name: .customLong("as"), help: "NAME or NAME@VERSION of the importance data set.")
    var name: String

    @Option(help: "Part of the patches that are environment; 0.25 where not given.")
    var ratio: Double?

    @Option(help: "Number of patches that are environment, in place of --ratio.")
    var count: Int?

    @Option(help: "Side of a patch in pixels; about 8 patches along the shorter side where not given.")
    var patch: Int?

    @Option(name: .customLong("input"), help: "Input frames, T; the data set's default where not given.")
    var inputFrames: Int?

    @Option(name: .customLong("target"), help: "Target frames, K; the data set's default where not given.")
    var targetFrames: Int?

    @Option(help: "Frames from one window's start to the next; 1 where not given.")
    var stride: Int?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if ratio != nil, count != nil { throw ValidationError("--ratio and --count exclude each other") }
        if let ratio, !(ratio > 0 && ratio < 1) { throw ValidationError("--ratio takes a part between 0 and 1") }
        if let count, count < 1 { throw ValidationError("--count takes 1 or more") }
    }

    func run() throws {
        let (console, bank) = (common.console, try common.openBank())
        let naming = try DatasetReference(naming: name)
        var plan = PlanRequest()
        plan.split = .train
        (plan.inputFrames, plan.targetFrames, plan.stride) = (inputFrames, targetFrames, stride)
        let source = try BatchSource(id, in: bank, plan)
        let given = try GivenScores(bank.resolve(scores), in: bank, for: source, side: patch)
        let size = count.map { EnvironmentSize.count($0) } ?? .ratio(ratio ?? 0.25)
        var (build, request) = try given.build(as: naming.name, version: naming.version, size: size)
        (request.command, request.software) = (CommandLine.arguments, Software.versions)
        let outcome = try Ingestion(into: bank, from: build, request, shell: NetCDFShell()) { event in
            if case .note(let text) = event { console.note(text) }
        }.run()
        console.say(outcome.wasKnown ? "\(outcome.ref.pinned) (was there already)" : outcome.ref.pinned)
        console.emit(
            .object([
                "id": .text(outcome.ref.id), "pinned": .text(outcome.ref.pinned),
                "digest": .text(outcome.ref.digest.description), "known": .bool(outcome.wasKnown),
                "windows": .integer(Int64(source.windowCount)),
            ]))
    }
}
