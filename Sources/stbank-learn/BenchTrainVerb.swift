import ArgumentParser
import CommandFace
import DataBank
import FoundationEssentials
import Glibc
import Networks
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
            A step is: forward, mean squared error, backward, Adam, on one batch of random frames. With --peer another program \
            takes the same number of steps by turns; it is called with MODEL SETTINGS BATCH THREADS.

            Example:
              stbank bench train --peer ".venv/bin/python Tests/Benchmarks/torch_train.py" --json
            """)

    @Option(help: "vit or swin; may be given several times. Both where not given.")
    var model: [String] = []

    @Option(help: "Settings of the network as JSON, under the reference's names; for one --model.")
    var settings: String?

    @Option(help: "Windows a batch; so that a step takes about a second where not given.")
    var batch: Int?

    @Option(help: "Turns.")
    var runs = 7

    @Option(help: "Steps a turn.")
    var steps = 2

    @Option(
        help: "A command that trains the same network, such as \".venv/bin/python Tests/Benchmarks/torch_train.py\".")
    var peer: String?

    @OptionGroup var common: CommonOptions

    /// A ViT of 64 tokens, and Swin-T at half its width; ten frames of one channel in, ten out.
    private static let known: [String: (settings: String, batch: Int)] = [
        "vit": (
            #"{"img_size":128,"patch_size":16,"in_frames":10,"out_frames":10,"channels":1,"embed_dim":256,"depth":12,"#
                + #""num_heads":8}"#, 16
        ),
        "swin": (
            #"{"img_size":64,"patch_size":4,"in_frames":10,"out_frames":10,"channels":1,"embed_dim":48,"#
                + #""depths":[2,2,6,2],"num_heads":[3,6,12,24],"window_size":4}"#, 16
        ),
    ]

    func validate() throws {
        guard runs > 0, steps > 0, batch.map({ $0 > 0 }) ?? true else {
            throw ValidationError("--runs, --steps and --batch take 1 or more")
        }
        for name in model where Self.known[name] == nil { throw ValidationError("--model takes vit or swin") }
        if settings != nil, model.count != 1 { throw ValidationError("--settings goes with one --model") }
    }

    func run() throws {
        try Engine.setThreadCount(common.threadCount)
        for name in model.isEmpty ? ["vit", "swin"] : model {
            guard let known = Self.known[name] else { continue }
            try measure(name, settings ?? known.settings, batch ?? known.batch)
        }
    }

    private func measure(_ name: String, _ settings: String, _ batch: Int) throws {
        let console = common.console
        let steps = try TrainingSteps(name, settings, batch: batch)
        let twin = try peer.map {
            try TrainingTwin($0, model: name, settings: settings, batch: batch, threads: common.threadCount)
        }
        if let twin, twin.parameters != steps.parameters {
            throw BankError(.usage, "the peer has \(twin.parameters) weights, the network here \(steps.parameters)")
        }
        var own: [Double] = []
        var others: [Double] = []
        // One turn each to warm up.
        for turn in 0...runs {
            let seconds = try steps.seconds(steps: self.steps) / Double(self.steps)
            let other = try twin.map { try $0.seconds(steps: self.steps) / Double(self.steps) }
            guard turn > 0 else { continue }
            own.append(seconds)
            others.append(other ?? seconds)
            console.note(
                "\(name) turn \(turn) of \(runs): \(Amount.number(seconds)) s"
                    + (other.map { ", peer \(Amount.number($0)) s" } ?? ""))
        }
        let line = BenchLine(name: "train.\(name)", unit: "s/step", values: own, limits: others)
        try console.emit(line)
        console.say(
            "\(line.text)  \(steps.parameters) weights, batch \(batch), \(common.threadCount) threads, libtorch "
                + "\(Engine.version)\(twin.map { ", peer's \($0.version)" } ?? "")")
    }
}

/// The same step over and over.
private final class TrainingSteps {
    let parameters: Int
    private let network: any Forecaster
    private let adam: Adam
    private let inputs: Tensor

    init(_ model: String, _ settings: String, batch: Int) throws {
        try Engine.seed(0)
        network = try NetworkCatalogue.network(model, settings: Data(settings.utf8))
        parameters = network.parameters.trainedCount
        adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.001))
        let form = try JSONDecoder().decode(Shape.self, from: Data(settings.utf8))
        inputs = try .empty([batch, form.inFrames, form.channels, form.imgSize.height, form.imgSize.width])
        try inputs.fillUniformly(0...1)
    }

    private struct Shape: Decodable {
        var imgSize: FrameSize
        var inFrames: Int
        var channels: Int

        enum CodingKeys: String, CodingKey {
            case imgSize = "img_size"
            case inFrames = "in_frames"
            case channels
        }
    }

    func seconds(steps: Int) throws -> Double {
        let start = BenchLine.now
        for step in 0..<steps {
            let loss = try network.trainingLoss(inputs: inputs, targets: inputs, step: step).total
            try loss.backward()
            try adam.step()
            try adam.clearGradients()
            _ = try loss.item()
        }
        return BenchLine.now - start
    }
}
