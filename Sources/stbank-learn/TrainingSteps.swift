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

/// The same training step over and over, and how much memory the process takes for it.
struct MeasuredTraining {
    let steps: TrainingSteps
    private let before: Int

    init(_ bench: BenchNetwork) throws {
        try Engine.seed(0)
        // What the library loads at its first step is no network's, nor what an earlier one left.
        _ = try TrainingSteps(.small).take(1)
        Engine.releaseFreedMemory()
        try ProcessMemory.forgetPeak()
        before = try ProcessMemory.resident()
        steps = try TrainingSteps(bench)
    }

    func turn(steps count: Int) throws -> TrainingTurn {
        let seconds = try steps.take(count) / Double(count)
        return TrainingTurn(seconds: seconds, mebibytes: Double(try ProcessMemory.peak() - before) / 1_048_576)
    }
}

/// The same training step over and over.
struct TrainingSteps {
    let parameters: Int
    private let network: any Forecaster
    private let adam: Adam
    private let inputs: Tensor
    private let targets: Tensor

    init(_ bench: BenchNetwork) throws {
        network = try NetworkCatalogue.network(bench.model, settings: Data(bench.settings.utf8))
        parameters = network.parameters.trainedCount
        adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.001))
        let frames = try JSONDecoder().decode(BenchFrames.self, from: Data(bench.settings.utf8))
        inputs = try .empty([bench.batch, frames.inputs] + frames.picture)
        targets = try .empty([bench.batch, frames.outputs] + frames.picture)
        try inputs.fillUniformly(0...1)
        try targets.fillUniformly(0...1)
    }

    /// Returns the seconds that so many steps took.
    func take(_ count: Int) throws -> Double {
        let start = BenchLine.now
        for step in 0..<count {
            let loss = try network.trainingLoss(inputs: inputs, targets: targets, step: step).total
            try loss.backward()
            try adam.step()
            try adam.clearGradients()
            _ = try loss.item()
        }
        return BenchLine.now - start
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
