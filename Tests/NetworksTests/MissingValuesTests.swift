import Draws
import Networks
import SpaceTime
import Tensors
import Testing

/// No loss is taken where a value is missing.
@Suite(.serialized) struct MissingValuesTests {
    /// Frames of random values, of which about a third are missing.
    private static func frames(_ shape: [Int]) throws -> Frames {
        let (values, draws) = (try Tensor.empty(shape), try Tensor.empty(shape))
        try values.fillUniformly(0...1)
        try draws.fillUniformly(0...1)
        let known = try draws.isLess(than: 0.65).to(.float32)
        return Frames(try values * known, known: known)
    }

    private static func recurrent(_ model: String) throws -> any RecurrentForecaster {
        var form = RecurrentConfiguration(
            inFrames: 3, outFrames: 4, channels: 2, imageSize: FrameSize(6, 8), hidden: [5, 5], patchSize: 2)
        form.sampling.isReverse = false
        form.decouplingWeight = 0
        return switch model {
        case "convlstm": try ConvLSTM(form)
        case "predrnnv2": try PredRNN(form)
        default: try E3DLSTM(form)
        }
    }

    private func gradients(_ network: any Forecaster) throws -> [String: [Float]] {
        var found: [String: [Float]] = [:]
        for entry in network.parameters.trained { found[entry.name] = try entry.tensor.gradient?.values() ?? [] }
        try clearGradients(network.parameters.trained.map(\.tensor))
        return found
    }

    /// Where the truth is missing, what a network says is as good as true.
    ///
    /// - Parameter beside: values that `loss` takes into account beside those of `truth`.
    private func check(
        _ network: any Forecaster, _ truth: Frames, said: Tensor, beside: Int = 0, loss: (Frames) throws -> Tensor
    ) throws {
        let known = try #require(truth.known)
        try loss(truth).backward()
        let found = try gradients(network)
        let agreed = Frames(try truth.values * known + said.detached() * (-known + 1))
        let counted = try Double(beside) + known.sum().item()
        try (loss(agreed) * (Double(beside + known.count) / counted)).backward()
        for (name, expected) in try gradients(network) {
            let values = try #require(found[name])
            let size = expected.map(abs).max() ?? 0
            #expect(zip(values, expected).allSatisfy { abs($0 - $1) <= 1e-5 * size + 1e-9 }, "\(name)")
        }
    }

    @Test func whatANetworkSaysOfMissingTargetsDoesNotCount() throws {
        try Engine.seed(11)
        var form = TrainingTests.form
        (form.dropRatio, form.dropPathRatio, form.maskRatio) = (0, 0, 0)
        let network = try ViT(form)
        let (inputs, targets) = (try Self.frames([2, 3, 1, 16, 24]), try Self.frames([2, 3, 1, 16, 24]))
        try check(network, targets, said: network(inputs.values, .training)) {
            try network.trainingLoss(inputs: inputs, targets: $0, step: 0).total
        }
    }

    @Test(arguments: ["convlstm", "predrnnv2", "e3dlstm"])
    func norDoesItInARecurrence(model: String) throws {
        try Engine.seed(12)
        let network = try Self.recurrent(model)
        let inputs = Frames(try Self.frames([2, 3, 2, 6, 8]).values)
        let targets = try Self.frames([2, 4, 2, 6, 8])
        // The truth is never shown, so that it counts in the loss alone.
        let flags = try Tensor.zeros([2, 3])
        let said = try network.trainingPass(inputs: inputs, targets: targets, flags: flags).frames.narrowed(1, 2..<6)
        try check(network, targets, said: said, beside: 2 * 2 * 2 * 6 * 8) {
            try network.trainingPass(inputs: inputs, targets: $0, flags: flags).loss.total
        }
    }

    @Test(arguments: ["convlstm", "predrnnv2", "e3dlstm"])
    func missingInputsAreNotLearntEither(model: String) throws {
        try Engine.seed(13)
        let network = try Self.recurrent(model)
        let (inputs, targets) = (try Self.frames([2, 3, 2, 6, 8]), try Self.frames([2, 4, 2, 6, 8]))
        let pass = try network.trainingPass(inputs: inputs, targets: targets, flags: .full([2, 3], 1))
        func later(_ part: (Frames) throws -> Tensor) throws -> [Float] {
            try Tensor.concatenated([part(inputs), part(targets)], axis: 1).narrowed(1, 1..<7).values()
        }
        let truth = try later(\.values)
        let known = try later { try #require($0.known) }
        let said: [Float] = try pass.frames.values()
        let sum = said.indices.reduce(0.0) { sum, place in
            let difference = Double(said[place] - truth[place])
            return sum + Double(known[place]) * difference * difference
        }
        let found = try #require(pass.loss.parts["mse"]).item()
        #expect(abs(found - sum / known.reduce(0) { $0 + Double($1) }) < 1e-6)
    }

    @Test func nothingKnownIsNoLoss() throws {
        let truth = Frames(try .zeros([1, 2, 1, 3, 3]), known: try .zeros([1, 2, 1, 3, 3]))
        #expect(try Tensor.full([1, 2, 1, 3, 3], 5).meanSquaredError(truth).item() == 0)
    }

    @Test func nanIsMissing() throws {
        let frames = try Frames(missingAsNaN: Tensor([Float(1), .nan, -2, .infinity], [1, 1, 1, 2, 2]))
        #expect(try frames.values.values() == [Float(1), 0, -2, .infinity])
        #expect(try frames.known?.values() == [Float(1), 0, 1, 1])
        #expect(try Frames(missingAsNaN: .full([1, 1, 1, 2, 2], 3)).known == nil)
    }
}
