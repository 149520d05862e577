import Foundation
import Networks
import Tensors
import Testing

/// Rainformer beyond what golden files hold: other settings, layers that go nowhere, what is refused.
@Suite struct RainformerTests {
    static var form: RainformerConfiguration {
        var form = RainformerConfiguration(imageSize: FrameSize(16, 24), inFrames: 3, outFrames: 2, channels: 2)
        (form.hidden, form.factors, form.layers, form.heads) = (4, [2, 2, 1, 1], [2, 4, 2, 2], [1, 2, 2, 1])
        (form.headWidth, form.windowSize) = (4, 2)
        return form
    }

    private func frames(_ shape: [Int]) throws -> Tensor {
        let frames = try Tensor.empty(shape)
        try frames.fillUniformly(0...1)
        return frames
    }

    @Test(arguments: [1, 2, 7]) func anyNumberOfFramesIsForecast(count: Int) throws {
        var form = Self.form
        form.outFrames = count
        #expect(try Rainformer(form)(frames([2, 3, 2, 16, 24]), .evaluation).shape == [2, count, 2, 16, 24])
    }

    @Test func samplesOfABatchAreForecastIndependently() throws {
        let network = try Rainformer(Self.form)
        let both = try frames([2, 3, 2, 16, 24])
        let together = try network(both, .evaluation).values(as: Float.self)
        let apart = try both.chunks(2, axis: 0).flatMap { try network($0, .evaluation).values(as: Float.self) }
        #expect(zip(together, apart).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// MODELS 4, pitfall b: tuples but the last are dead weight, unless they are chained.
    @Test(arguments: [true, false]) func aTupleBeforeTheLastLearnsOnlyWhenChained(isChained: Bool) throws {
        var form = Self.form
        form.chainsLayers = isChained
        let network = try Rainformer(form)
        let targets = try frames([1, 2, 2, 16, 24])
        try network.trainingLoss(inputs: frames([1, 3, 2, 16, 24]), targets: targets, step: 0).total.backward()
        let first = network.parameters.trained.filter {
            $0.name.hasPrefix("stage2.layers.0.") && !$0.name.contains("conv_2") && !$0.name.contains("conv_3")
        }
        #expect(first.count > 20)
        for entry in first { #expect((try entry.tensor.gradient != nil) == isChained, "\(entry.name)") }
        // Statistics move as in the reference, where all tuples are evaluated.
        #expect(try network.parameters["stage2.layers.0.2.conv.1.num_batches_tracked"]?.item() == 1)
    }

    @Test func onlyTrainingMovesStatistics() throws {
        let network = try Rainformer(Self.form)
        let running = network.parameters.entries.filter { $0.kind == .buffer }
        let before = try running.map { try $0.tensor.values(as: Float.self) }
        _ = try network(frames([1, 3, 2, 16, 24]), .evaluation)
        #expect(try running.map { try $0.tensor.values(as: Float.self) } == before)
        _ = try network(frames([1, 3, 2, 16, 24]), .training)
        for (entry, old) in zip(running, before) {
            #expect(try entry.tensor.values(as: Float.self) != old, "\(entry.name)")
        }
    }

    /// All begin as PyTorch's own do, but the table of positions.
    @Test func initialValuesFollowTheReferencesRules() throws {
        var form = Self.form
        (form.hidden, form.windowSize, form.imageSize) = (32, 8, FrameSize(32, 64))
        let parameters = try Rainformer(form).parameters
        let expected = [
            ("stage3.layers.0.0.attention_block.fn.fn.pos_embedding", 1.0),
            ("stage3.layers.0.1.mlp_block.fn.fn.net.0.weight", 1 / (3.0 * 128).squareRoot()),
            ("stage5.layers.0.4.conv_1.0.weight", 1 / (3.0 * 512 * 9).squareRoot()),
        ]
        for (name, value) in expected {
            let found = try #require(parameters[name]).variance().squareRoot().item()
            #expect(abs(found / value - 1) < 0.1, "\(name): \(found), not \(value)")
        }
        #expect(parameters.entries.filter { $0.kind == .frozen }.count == 2 * (7 + 3))
    }

    @Test func settingsComeBackFromJSON() throws {
        var form = Self.form
        (form.isPositionRelative, form.chainsLayers) = (false, true)
        let text = try JSONEncoder().encode(form)
        #expect(try JSONDecoder().decode(RainformerConfiguration.self, from: text) == form)
    }

    @Test func sizesThatMakeNoNetworkAreRefusedWithReasons() throws {
        func message(_ change: (inout RainformerConfiguration) -> Void) throws -> String {
            var form = Self.form
            change(&form)
            return #expect(throws: TensorError.self) { try Rainformer(form) }?.message ?? ""
        }
        #expect(try message { $0.windowSize = 3 }.contains("stage 1: a grid of 8x12 cannot be cut into windows of 3"))
        #expect(try message { $0.layers[1] = 3 }.contains("come in pairs"))
        #expect(try message { $0.factors = [2, 2, 3, 1] }.contains("cannot be made 12 times coarser"))
        #expect(try message { $0.hidden = 1 }.contains("stage 8: 2 channels cannot be spread over 2x2 pixels"))
        #expect(try message { $0.heads = [1, 2] }.contains("four stages down"))
        let text = #"{"image_size": 16, "input_channel": 5, "channels": 2}"#
        let error = #expect(throws: TensorError.self) {
            try NetworkCatalogue.network("rainformer", settings: Data(text.utf8))
        }
        #expect(error?.message.contains("5 is no multiple of 2 channels a frame") == true)
    }
}
