import CommandFace
import DataBank
import FoundationEssentials
import Networks
import Tensors
import Training

/// What a turn of steps took.
struct TrainingTurn {
    /// A step.
    var seconds: Double
    /// By how much the process had grown at its largest.
    var mebibytes: Double
}

/// The same training step over and over.
final class TrainingSteps {
    let parameters: Int
    private let network: any Forecaster
    private let adam: Adam
    private let inputs: Tensor
    private let targets: Tensor
    private let before: Int

    init(_ bench: BenchNetwork) throws {
        try Engine.seed(0)
        // What an earlier network left goes back to the system first, else this one seems to take nothing.
        Engine.releaseFreedMemory()
        try ProcessMemory.forgetPeak()
        before = try ProcessMemory.resident()
        network = try NetworkCatalogue.network(bench.model, settings: Data(bench.settings.utf8))
        parameters = network.parameters.trainedCount
        adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.001))
        let frames = try JSONDecoder().decode(BenchFrames.self, from: Data(bench.settings.utf8))
        inputs = try .empty([bench.batch, frames.inputs] + frames.picture)
        targets = try .empty([bench.batch, frames.outputs] + frames.picture)
        try inputs.fillUniformly(0...1)
        try targets.fillUniformly(0...1)
    }

    func turn(steps: Int) throws -> TrainingTurn {
        let start = BenchLine.now
        for step in 0..<steps {
            let loss = try network.trainingLoss(inputs: inputs, targets: targets, step: step).total
            try loss.backward()
            try adam.step()
            try adam.clearGradients()
            _ = try loss.item()
        }
        let seconds = (BenchLine.now - start) / Double(steps)
        return TrainingTurn(seconds: seconds, mebibytes: Double(try ProcessMemory.peak() - before) / 1_048_576)
    }
}

/// How many bytes of memory this process holds; Linux's /proc/self.
enum ProcessMemory {
    static func resident() throws -> Int { try bytes(of: "VmRSS:") }

    /// The most since the start, or since the peak was forgotten.
    static func peak() throws -> Int { try bytes(of: "VmHWM:") }

    static func forgetPeak() throws {
        try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
    }

    private static func bytes(of key: String) throws -> Int {
        let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix(key) }
        guard let number = line?.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first,
            let size = Int(number)
        else { throw BankError(.system, "/proc/self/status does not say \(key)") }
        return size << 10
    }
}
