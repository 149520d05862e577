import Foundation
import Networks
import SpaceTime
import Tensors
import Testing
import Training

/// All that draws from the one generator of the process runs in turn.
@Suite(.serialized) struct TrainingTests {
    static var form: ViTConfiguration {
        var form = ViTConfiguration(
            imageSize: FrameSize(16, 24), patchSize: 8, inFrames: 3, outFrames: 3, channels: 1, width: 16, depth: 2,
            heads: 2)
        form.dropRatio = 0.2
        form.dropPathRatio = 0.3
        form.maskRatio = 0.4
        return form
    }

    private func step(_ network: any Forecaster, _ adam: Adam, _ number: Int) throws -> Double {
        let inputs = try Tensor.empty([2, 3, 1, 16, 24])
        try inputs.fillUniformly(0...1)
        adam.form.rate = Schedule.oneCycle.values(at: number, rate: 0.01, steps: 10, stepsPerEpoch: 5).rate
        try adam.clearGradients()
        let loss = try network.trainingLoss(inputs: inputs, targets: inputs, step: number).total
        try loss.backward()
        try adam.clipGradients(to: 1)
        try adam.step()
        return try loss.item()
    }

    @Test(arguments: [TokenLayout.frame, .stacked, .joint])
    func aResumedRunEqualsOneThatWasNeverInterrupted(layout: TokenLayout) throws {
        let path = FileManager.default.temporaryDirectory.path + "/stbank-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        var form = Self.form
        form.layout = layout
        try Engine.seed(3)
        let first = try ViT(form)
        let adam = Adam(first.parameters, Optimisation.AdamForm(rate: 0.01))
        for number in 0..<4 { _ = try step(first, adam, number) }
        try Checkpoint(step: 4, progress: Data("{}".utf8)).save(first.parameters, adam, to: path)
        let expected = try (4..<7).map { try step(first, adam, $0) }

        try Engine.seed(99)
        let second = try ViT(form)
        let resumed = Adam(second.parameters, Optimisation.AdamForm(rate: 0.01))
        let checkpoint = try Checkpoint.restore(second.parameters, resumed, from: path)
        #expect(checkpoint.step == 4 && checkpoint.progress == Data("{}".utf8))
        #expect(try (4..<7).map { try step(second, resumed, $0) } == expected)
        for entry in first.parameters.entries {
            #expect(try second.parameters[entry.name]?.values(as: Float.self) == entry.tensor.values(as: Float.self))
        }
    }

    @Test func aCheckpointOfAnotherModelIsRefusedWithTheNames() throws {
        let path = FileManager.default.temporaryDirectory.path + "/stbank-\(UUID().uuidString).safetensors"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (small, large) = (
            try ViT(Self.form),
            try ViT(
                {
                    var form = Self.form; form.depth = 3; return form
                }())
        )
        let adam = Adam(small.parameters, Optimisation.AdamForm(rate: 0.01))
        try Checkpoint(step: 1).save(small.parameters, adam, to: path)
        let error = #expect(throws: TensorError.self) { try Checkpoint.restore(large.parameters, adam, from: path) }
        #expect(error?.message.contains("missing: blocks.2.norm1.weight") == true)
        #expect(error?.path == path)
    }

    @Test func accumulatedGradientsEqualThoseOfTheWholeBatch() throws {
        var form = Self.form
        (form.dropRatio, form.dropPathRatio, form.maskRatio) = (0, 0, 0)
        let network = try ViT(form)
        let adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.01))
        let x = try Tensor.empty([4, 3, 1, 16, 24])
        try x.fillUniformly(0...1)
        try network.trainingLoss(inputs: x, targets: x, step: 0).total.backward()
        let whole = try network.parameters.trained.map { try $0.tensor.gradient?.values(as: Float.self) ?? [] }
        try adam.clearGradients()
        for half in try x.chunks(2, axis: 0) {
            try network.trainingLoss(inputs: half, targets: half, step: 0).total.backward()
        }
        try adam.averageGradients(over: 2)
        for (entry, expected) in zip(network.parameters.trained, whole) {
            let found = try entry.tensor.gradient?.values(as: Float.self) ?? []
            #expect(zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(entry.name)")
        }
    }

    @Test func memoryStaysFlatOverManySteps() throws {
        let network = try ViT(Self.form)
        let adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.001))
        for number in 0..<50 { _ = try step(network, adam, number % 10) }
        let before = try resident()
        for number in 0..<1000 { _ = try step(network, adam, number % 10) }
        let growth = try resident() - before
        #expect(growth < 8 << 20, "grew by \(growth) bytes")
    }

    private func resident() throws -> Int {
        let words = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(words[1]) ?? 0) * 4096
    }

    @Test func clippingScalesToTheLimitAndReportsTheNormBefore() throws {
        let network = try ViT(Self.form)
        let adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.01))
        let x = try Tensor.full([1, 3, 1, 16, 24], 5)
        try network.trainingLoss(inputs: x, targets: x, step: 0).total.backward()
        let before = try adam.clipGradients(to: 0.25)
        #expect(before > 0.25)
        #expect(abs(try adam.clipGradients(to: nil) - 0.25) < 1e-5)
    }
}

@Suite struct ScheduleTests {
    /// Printed by torch.optim.lr_scheduler.OneCycleLR (torch 2.13) with max_lr 0.01 and 20 steps.
    @Test(arguments: [
        (0, 0.0003999999999999993, 0.95), (3, 0.006683281572999748, 0.8845491502812526), (5, 0.01, 0.85),
        (6, 0.009874640062350875, 0.8512536043909088), (12, 0.00500002, 0.9), (19, 4e-08, 0.95),
    ])
    func oneCycleIsPyTorchs(step: Int, rate: Double, beta1: Double) {
        let values = Schedule.oneCycle.values(at: step, rate: 0.01, steps: 20, stepsPerEpoch: 5)
        #expect(abs(values.rate - rate) < 1e-15 && abs((values.beta1 ?? 0) - beta1) < 1e-12)
    }

    @Test func theCosineCountsEpochsFromTheBeginningAndWarmsUpEvenly() {
        let schedule = Schedule.cosine(warmUp: 5, start: 1e-5, floor: 1e-6)
        let rates = (0..<50).map { schedule.values(at: $0 * 7, rate: 1e-3, steps: 350, stepsPerEpoch: 7).rate }
        #expect(rates[0] == 1e-5 && abs(rates[4] - (1e-5 + 4 * (1e-3 - 1e-5) / 5)) < 1e-18)
        #expect(abs(rates[25] - (1e-6 + (1e-3 - 1e-6) / 2)) < 1e-15)
        #expect(schedule.values(at: 6, rate: 1e-3, steps: 350, stepsPerEpoch: 7).rate == rates[0])
    }
}
