import ArgumentParser
import CommandFace
import DataBank
import Forecasting
import FoundationEssentials
import Glibc
import Networks
import SpaceTime
import Tensors
import Training

struct BenchVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Measure against the machine's own limits.", subcommands: [BenchTrainVerb.self])
}

struct BenchTrainVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Measure whole training steps, by turns with the same steps in another program.",
        discussion: """
            A step is: forward, training loss, backward, Adam, on one batch of random frames. With --peer another program takes \
            the same number of steps by turns; it is called with MODEL SETTINGS BATCH THREADS. Memory is by how much the \
            process grew at its largest from before the network was built, and after a step of a small one.

              stbank bench train --peer ".venv/bin/python Tests/Benchmarks/torch_train.py" --json
              stbank bench train --preset paper --frames 10,10,1,384,384 --cold --runs 1 --steps 1
            """)

    @Option(help: "A network, such as vit; may be given several times. All where not given.")
    var model: [String] = []

    @Option(help: "Settings of the network as JSON, under the reference's names; for one --model.")
    var settings: String?

    @Option(help: "Settings of a preset instead, for windows of --frames; one window a batch.")
    var preset: String?

    @Option(help: "T,T',C,H,W of --preset.")
    var frames = "10,10,1,64,64"

    @OptionGroup var checkpoints: CheckpointFlags

    @Option(help: "Windows a batch; so that a step takes about a second where not given.")
    var batch: Int?

    @Option(help: "Turns.")
    var runs = 7

    @Option(help: "Steps a turn.")
    var steps = 2

    @Flag(help: "Measure from the first step on, without a turn to warm up.")
    var cold = false

    @Option(
        help: "A command that trains the same network, such as \".venv/bin/python Tests/Benchmarks/torch_train.py\".")
    var peer: String?

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard runs > 0, steps > 0, batch.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--runs, --steps and --batch take 1 or more")
        }
        for name in model where BenchNetwork.known(name) == nil {
            throw ValidationError("--model takes \(BenchNetwork.all.map(\.model).joined(separator: ", "))")
        }
        if settings != nil, model.count != 1 { throw ValidationError("--settings goes with one --model") }
        if settings != nil, preset != nil { throw ValidationError("give --settings or --preset, not both") }
        guard window.count == 5, window.allSatisfy({ $0 > 0 }) else {
            throw ValidationError("--frames takes T,T',C,H,W, such as 10,10,1,384,384")
        }
    }

    private var window: [Int] { frames.split(separator: ",").map { Int($0) ?? 0 } }

    func run() throws {
        try Engine.setThreadCount(common.threadCount)
        for var network in model.isEmpty ? BenchNetwork.all : model.compactMap(BenchNetwork.known) {
            network.settings = settings ?? network.settings
            if let preset {
                network.settings = try Preset(preset, of: network.model).settings(
                    of: network.model, inputs: window[0], outputs: window[1], picture: Array(window[2...]))
                network.batch = 1
            }
            network.batch = batch ?? network.batch
            network.settings = try checkpointed(network)
            try measure(network)
        }
    }

    private func checkpointed(_ network: BenchNetwork) throws -> String {
        guard case .object(var settings) = try PlanOptions.json(network.settings) else {
            throw BankError(.usage, "--settings takes a JSON object")
        }
        try checkpoints.add(to: &settings, of: network.model)
        return JSONValue.object(settings).canonicalText
    }

    private func measure(_ network: BenchNetwork) throws {
        let console = common.console
        let own = try MeasuredTraining(network)
        let twin = try peer.map { try TrainingTwin($0, network, threads: common.threadCount) }
        if let twin, twin.parameters != own.steps.parameters {
            throw BankError(.usage, "the peer has \(twin.parameters) weights, the network here \(own.steps.parameters)")
        }
        var turns: [(own: TrainingTurn, other: TrainingTurn)] = []
        // One turn each to warm up.
        for turn in (cold ? 1 : 0)...runs {
            let mine = try own.turn(steps: steps)
            let other = try twin?.turn(steps: steps)
            guard turn > 0 else { continue }
            turns.append((mine, other ?? mine))
            console.note(
                "\(network.model) turn \(turn) of \(runs): \(Amount.number(mine.seconds)) s"
                    + (other.map { ", peer \(Amount.number($0.seconds)) s" } ?? ""))
        }
        let time = BenchLine(
            name: "train.\(network.model)", unit: "s/step", values: turns.map(\.own.seconds),
            limits: turns.map(\.other.seconds))
        let memory = BenchLine(
            name: "train.\(network.model).memory", unit: "MiB", values: turns.map(\.own.mebibytes),
            limits: turns.map(\.other.mebibytes))
        for line in [time, memory] { try console.emit(line) }
        console.say(
            "\(time.text)  \(own.steps.parameters) weights, batch \(network.batch), \(common.threadCount) threads, libtorch "
                + "\(Engine.version)\(twin.map { ", peer's \($0.version)" } ?? "")")
        console.say(memory.text)
    }
}
