import ArgumentParser
import CommandFace
import DataBank
import Forecasting
import FoundationEssentials
import Glibc
import SpaceTime
import Streaming
import Tensors
import Training

struct TrainVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Train a forecasting network on a data set, with or without copies.",
        discussion: """
            The network learns T' frames from T, from the training split alone; the validation split says which epoch was best. \
            A run in the bank keeps settings, losses and weights; a second start of an interrupted run goes on where it stopped, \
            with the same result.

              stbank train sevir --model simvp --preset tiny --as storms
              stbank train sevir --model vit --environments sevir-copies --init sevir-maps --as storms-nuwa
              stbank train kth --model convlstm --preset openstl-kth --runs 5 --as walkers
              stbank train --presets
            """)

    @Argument(help: "The data set: name, name@1.0.0 or name@1.0.0#digest.")
    var id: String?

    @Option(
        name: [.long, .customLong("backbone")],
        help: "vit, swin, rainformer, earthformer, convlstm, predrnnv2, e3dlstm or simvp.")
    var model: String?

    @Option(help: "Settings that go together: a name from --presets, or a .json file.")
    var preset = "tiny"

    @Flag(help: "List the presets and end.")
    var presets = false

    @Option(help: "Settings of the network as JSON under the reference's names, over the preset's.")
    var network: String?

    @OptionGroup var checkpoints: CheckpointFlags

    @Option(name: .customLong("as"), help: "The run's name: lower-case letters, digits, dashes.")
    var name: String?

    @Option(help: "Go on with this run, by the command that began it.")
    var resume: String?

    @Flag(help: "Throw away what a run of this name has done.")
    var restart = false

    @Option(help: "Trainings that differ in their seed; NAME-seed0, NAME-seed1 and so on.")
    var runs: Int?

    @OptionGroup var fit: FitFlags

    @OptionGroup var copies: CopyFlags

    @Option(
        name: [.customLong("init"), .customLong("upstream")],
        help: "Weights to begin with, by name and shape: an importance data set, a run, .safetensors or .pth.")
    var initial: String?

    @Option(help: "Seed of initial values, of what is dropped, and of the order.")
    var seed: UInt64 = 0

    @OptionGroup var windows: WindowOptions

    @Option(help: "cpu, cuda or cuda:N.")
    var device = "cpu"

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if presets || resume != nil { return }
        guard id != nil else { throw ValidationError("name a data set: stbank train ID --model NAME --as RUN") }
        guard model != nil else {
            throw ValidationError("--model names the network; stbank train --presets lists them")
        }
        guard let name else { throw ValidationError("--as names the run") }
        guard DatasetName(name) != nil else {
            throw ValidationError("--as takes lower-case letters, digits and dashes")
        }
        if let runs, !(1...1000).contains(runs) { throw ValidationError("--runs takes 1 to 1000") }
    }

    func run() throws {
        if presets { return try listPresets() }
        if let resume { return try goOn(with: resume) }
        Interruption.listen()
        try Engine.setThreadCount(common.threadCount)
        let bank = try common.openBank()
        var done: [RunRecord] = []
        for request in try requests() { done.append(try train(request, in: bank)) }
        if done.count > 1 { TrainingSummary(done).show(common.console) }
    }

    private func train(_ request: TrainingRequest, in bank: Bank) throws -> RunRecord {
        let console = common.console
        let bar = StepBar(console)
        defer { bar.finish() }
        let training = try ForecastTraining(
            request, in: bank, on: Device(device), shouldStop: { Interruption.isAsked }
        ) { event in
            switch event {
            case .note(let text): bar.note(text)
            case .training(let step): bar.show(step)
            }
        }
        do {
            let outcome = try training.run()
            bar.finish()
            TrainingReport(outcome, in: bank).show(console)
            return outcome.record
        } catch is TrainingStopped {
            bar.finish()
            console.note(
                "interrupted; the same command goes on from here, and so does `stbank train --resume \(request.name)`")
            throw ExitCode(130)
        }
    }

    private func requests() throws -> [TrainingRequest] {
        guard let id, let model, let name else { return [] }
        let chosen = try Preset(preset, of: model)
        var settings = chosen.network
        if let network {
            guard case .object(let own) = try PlanOptions.json(network) else {
                throw BankError(.usage, "--network takes a JSON object")
            }
            settings.merge(own) { $1 }
        }
        try checkpoints.add(to: &settings, of: model)
        var plan = try windows.request().completed(by: chosen.planRequest())
        try copies.add(to: &plan)
        var request = TrainingRequest(
            dataset: id, model: model, preset: preset, network: settings, plan: plan,
            fit: try fit.settings(over: chosen.training.fit()), name: name)
        request.scalesSampling = chosen.training.scalesSampling ?? false
        request.prior = try copies.priorNumbers()
        request.isOneByOne = copies.oneByOne
        request.initial = initial
        request.restarts = restart
        request.command = ["stbank"] + CommandLine.arguments.dropFirst()
        request.software = Software.versions.merging(["libtorch": Engine.version]) { $1 }
        return (0..<(runs ?? 1)).map { number in
            var own = request
            own.seed = seed + UInt64(number)
            if runs != nil { own.name += "-seed\(own.seed)" }
            return own
        }
    }

    /// Trains by the words that the run's record keeps.
    private func goOn(with run: String) throws {
        let record = try RunRecord.find(run, in: common.openBank())
        let words = Array(record.making.command.dropFirst())
        guard record.verb == "train", words.first == "train" else {
            throw BankError(.usage, "the run \(run) was not begun by `stbank train`, but by \(record.verb)")
        }
        var command = try TrainVerb.parse(Array(words.dropFirst()))
        guard command.resume == nil else { throw BankError(.usage, "the run \(run) keeps no command to go on with") }
        command.common.bank = common.bankPath
        command.common.json = common.json
        command.common.quiet = common.quiet
        command.restart = false
        try command.run()
    }

    private func listPresets() throws {
        var table = TextTable(["MODEL", "PRESET", "ABOUT"])
        for model in Preset.models where self.model == nil || self.model == model {
            for (name, preset) in try Preset.all(of: model).sorted(by: { $0.key < $1.key }) {
                table.add([model, name, preset.about])
                common.console.emit(
                    .object([
                        "model": .text(model), "preset": .text(name), "about": .text(preset.about),
                        "source": preset.source.map { .text($0) } ?? .null, "network": .object(preset.network),
                    ]))
            }
        }
        common.console.say(table.text)
    }
}
