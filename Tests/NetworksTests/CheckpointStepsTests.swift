import Draws
import Foundation
import Networks
import SpaceTime
import Tensors
import Testing

/// Time steps that are done again on the way back: the same numbers, less memory.
@Suite(.serialized) struct CheckpointStepsTests {
    /// A network, windows for it, and what is shown.
    private struct Case {
        let model: String
        let form: RecurrentConfiguration
        let inputs: Tensor
        let targets: Tensor
        let flags: Tensor

        /// Of sizes that follow from the seed.
        init(_ model: String, seed: UInt64) throws {
            try Engine.seed(seed)
            var random = Draws(state: seed)
            let channels = Int.random(in: 1...2, using: &random)
            let patch = Int.random(in: 1...2, using: &random)
            let size = FrameSize(
                patch * Int.random(in: 3...6, using: &random), patch * Int.random(in: 3...6, using: &random))
            let layers = Int.random(in: 1...3, using: &random)
            var form = RecurrentConfiguration(
                inFrames: Int.random(in: 2...5, using: &random), outFrames: Int.random(in: 2...6, using: &random),
                channels: channels, imageSize: size,
                hidden: Array(repeating: Int.random(in: 2...6, using: &random), count: layers), patchSize: patch)
            form.hasLayerNorm = Bool.random(using: &random)
            form.sampling.isReverse = Bool.random(using: &random)
            try self.init(model, form, batch: Int.random(in: 1...3, using: &random))
        }

        init(_ model: String, _ form: RecurrentConfiguration, batch: Int) throws {
            (self.model, self.form) = (model, form)
            let picture = [form.channels, form.imageSize.height, form.imageSize.width]
            inputs = try .empty([batch, form.inFrames] + picture)
            targets = try .empty([batch, form.outFrames] + picture)
            let count = form.sampling.isReverse ? form.inFrames + form.outFrames - 2 : form.outFrames - 1
            let draws = try Tensor.empty([batch, count])
            for tensor in [inputs, targets, draws] { try tensor.fillUniformly(0...1) }
            flags = try draws.isLess(than: 0.5).to(.float32)
        }

        /// Loss, frames and all gradients by name of one training pass.
        func pass(
            every steps: Int?, bfloat16: Bool = false
        ) throws -> (loss: Double, frames: [Float], gradients: [String: [Float]]) {
            var form = form
            form.checkpointSteps = steps
            try Engine.seed(5)
            let settings = try JSONEncoder().encode(form)
            let network = try #require(
                try NetworkCatalogue.network(model, settings: settings) as? any RecurrentForecaster)
            #expect(network.configuration == form)
            let forward = { () throws(TensorError) in
                try network.trainingPass(inputs: inputs, targets: targets, flags: flags)
            }
            let pass = bfloat16 ? try withBFloat16(on: .cpu, forward) : try forward()
            try pass.loss.total.backward()
            var gradients: [String: [Float]] = [:]
            for entry in network.parameters.trained { gradients[entry.name] = try entry.tensor.gradient?.values() }
            return (try pass.loss.total.item(), try pass.frames.values(), gradients)
        }
    }

    @Test(arguments: ["convlstm", "predrnnv2", "e3dlstm"], 1...4)
    func everyGradientIsTheSameToTheLastBit(model: String, seed: UInt64) throws {
        // Tiny steps: threads would only wait for each other.
        let threads = Engine.threadCount
        try Engine.setThreadCount(1)
        defer { #expect(throws: Never.self) { try Engine.setThreadCount(threads) } }
        let one = try Case(model, seed: seed)
        let plain = try one.pass(every: nil)
        #expect(plain.gradients.count >= 3)
        for steps in [1, 2, 3, 100] {
            let again = try one.pass(every: steps)
            #expect(again.loss == plain.loss && again.frames == plain.frames)
            #expect(Set(again.gradients.keys) == Set(plain.gradients.keys))
            for (name, values) in plain.gradients {
                #expect(again.gradients[name] == values, "\(name), \(steps) at a time")
            }
        }
    }

    /// Weights are rounded once a piece instead of once a pass, and their gradients with them; nothing else differs.
    @Test(arguments: ["convlstm", "predrnnv2", "e3dlstm"], 1...4)
    func inBFloat16GradientsDifferByRoundings(model: String, seed: UInt64) throws {
        let one = try Case(model, seed: seed)
        let plain = try one.pass(every: nil, bfloat16: true)
        #expect(try plain.loss != one.pass(every: nil).loss)
        for steps in [1, 2, 100] {
            let again = try one.pass(every: steps, bfloat16: true)
            #expect(again.loss == plain.loss && again.frames == plain.frames)
            for (name, values) in plain.gradients {
                let other = try #require(again.gradients[name])
                let distance = zip(values, other).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
                let size = values.reduce(0) { $0 + $1 * $1 }.squareRoot()
                #expect(distance <= 0.02 * size, "\(name), \(steps) at a time: \(distance) of \(size)")
            }
        }
    }

    @Test(arguments: ["convlstm", "predrnnv2", "e3dlstm"])
    func memoryGrowsLessWithTheNumberOfTimeSteps(model: String) throws {
        func most(every steps: Int?) throws -> Int {
            var form = RecurrentConfiguration(
                inFrames: 4, outFrames: 5, channels: 1, imageSize: FrameSize(16, 16), hidden: [32], patchSize: 1)
            form.filterSize = 1
            // So that a state of E3D-LSTM, which has two frames, is as large as that of the others.
            let one = try Case(model, form, batch: model == "e3dlstm" ? 16 : 32)
            Engine.releaseFreedMemory()
            let before = Engine.memory.used
            _ = try one.pass(every: steps)
            // Nothing keeps itself alive.
            #expect(Engine.memory.used == before)
            return Engine.memory.most - before
        }
        let (plain, again) = (try most(every: nil), try most(every: 2))
        #expect(plain > 20 << 20)
        #expect(Double(again) < 0.7 * Double(plain), "\(model): \(plain >> 20) MiB and \(again >> 20) MiB")
    }

    @Test func zeroTimeStepsAtATimeAreRefused() throws {
        var form = RecurrentConfiguration(
            inFrames: 2, outFrames: 2, channels: 1, imageSize: FrameSize(4, 4), hidden: [2], patchSize: 1)
        form.checkpointSteps = 0
        let error = #expect(throws: TensorError.self) { try ConvLSTM(form) }
        #expect(error?.message == "checkpoint_steps of ConvLSTM is 1 time step at a time or more")
    }
}
