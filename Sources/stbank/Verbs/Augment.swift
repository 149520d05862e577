import ArgumentParser
import ArrayFiles
import CausalAugmentation
import CommandFace
import DataBank
import SpaceTime
import Streaming

struct Augment: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make copies of training windows in which unimportant patches are replaced.",
        discussion: """
            Stores the replaced patches only, with what each was made of. Copies follow from data set, importance, options and seed \
            alone, and a stopped build goes on where it stood.

            Examples:
              stbank augment sevir --importance sevir-importance --as sevir-copies
              stbank augment sevir --importance sevir-importance --as sevir-copies --copies 5 --sigma 2
              stbank augment sevir --importance sevir-importance --as sevir-copies --part 2/8
              stbank augment sevir --importance sevir-importance --as sevir-whole --store full
            """)

    enum Store: String, ExpressibleByArgument, CaseIterable {
        case patches, full
    }

    @Argument(help: "name, name@1.0.0 or name@1.0.0#digest.")
    var id: String

    @Option(help: "The importance data set of its patches.")
    var importance: String

    @Option(name: .customLong("as"), help: "The name to give, with a version if wanted.")
    var name: String

    @OptionGroup(title: "Copies") var recipe: RecipeOptions

    @Option(name: .customLong("input"), help: "Input frames, T; as the importance's where not given.")
    var inputFrames: Int?

    @Option(name: .customLong("target"), help: "Target frames, K; as the importance's where not given.")
    var targetFrames: Int?

    @Option(help: "Frames from one window's start to the next; as the importance's where not given.")
    var stride: Int?

    @Option(
        help: ArgumentHelp(
            "patches: what is replaced, an environments data set. full: every copy with its targets as a sequence of a frames data set, "
                + "for programs that know nothing of patches."))
    var store = Store.patches

    @Option(
        help: ArgumentHelp(
            "Make this share of the files only: 1/8 to 8/8, in any order, at once or not, on machines that share the bank. "
                + "The last one publishes, or a start without --part.", valueName: "i/n"))
    var part: String?

    @Flag(help: "The name may have other content already; this becomes its next major version.")
    var newVersion = false

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if let part, BuildPart(part) == nil { throw ValidationError("--part takes i/n, such as 2/8") }
    }

    func run() throws {
        let console = common.console
        let naming = try DatasetReference(naming: name)
        let bank = try common.openBank()
        let scenes = try scenes(in: bank)
        let bar = ProgressBar("augment \(naming.name)", console: console)
        let (build, made) = try build(scenes, naming)
        var request = made
        request.naming = newVersion ? .newVersion : .first
        request.command = CommandLine.arguments
        request.software = Software.versions
        let ingestion = Ingestion(into: bank, from: build, request, shell: NetCDFShell()) { event in
            switch event {
            case .note(let text): console.note(text)
            case .progress(let done, let total): bar.show(done, of: total)
            }
        }
        let outcome = try part.flatMap(BuildPart.init).map(ingestion.run) ?? .published(ingestion.run())
        bar.finish()
        switch outcome {
        case .waiting(let made, let finished, let all): wait(made, finished, all)
        case .published(let outcome): say(outcome, scenes, build.survey)
        }
    }

    private func build(
        _ scenes: WindowScenes, _ naming: DatasetReference
    ) throws -> (any FrameProvider, IngestRequest) {
        switch store {
        case .patches:
            let plan = try EnvironmentPlan(scenes, threads: common.threadCount)
            let build = try EnvironmentBuild(scenes, plan, threads: common.threadCount)
            return (build, build.request(as: naming.name, version: naming.version))
        case .full:
            let build = try WholeCopiesBuild(scenes, threads: common.threadCount)
            return (build, build.request(as: naming.name, version: naming.version))
        }
    }

    /// Says that other parts are missing.
    private func wait(_ made: Int, _ finished: Int, _ all: Int) {
        let part = part ?? ""
        common.console.say("part \(part): \(made) files made, \(finished) of \(all) are there; not published yet")
        common.console.emit(
            .object([
                "part": .text(part), "made": .integer(Int64(made)), "finished": .integer(Int64(finished)),
                "of": .integer(Int64(all)), "published": .bool(false),
            ]))
    }

    private func say(_ outcome: IngestOutcome, _ scenes: WindowScenes, _ survey: Survey) {
        common.console.say(outcome.wasKnown ? "\(outcome.ref.pinned) (was there already)" : outcome.ref.pinned)
        common.console.emit(
            .object([
                "id": .text(outcome.ref.id), "pinned": .text(outcome.ref.pinned),
                "digest": .text(outcome.ref.digest.description), "known": .bool(outcome.wasKnown),
                "windows": .integer(Int64(scenes.source.windowCount)), "copies": .integer(Int64(scenes.maker.copies)),
                store == .full ? "frames" : "patches": .integer(Int64(survey.frameCount)),
            ]))
    }

    private func scenes(in bank: Bank) throws -> WindowScenes {
        let importance = try ImportanceSet(importance, in: bank)
        var request = importance.plan
        request.split = .train
        request.inputFrames = inputFrames ?? request.inputFrames
        request.targetFrames = targetFrames ?? request.targetFrames
        request.stride = stride ?? request.stride
        return try WindowScenes(BatchSource(id, in: bank, request), importance, recipe.recipe())
    }
}
