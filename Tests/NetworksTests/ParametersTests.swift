import Networks
import SpaceTime
import Tensors
import Testing

@Suite struct ParametersTests {
    @Test func namesAreTheReferences() throws {
        let names = Set(try ViT(TrainingTests.form).parameters.entries.map(\.name))
        let expected = [
            "pos_embed", "patch_embed.proj.weight", "blocks.0.norm1.weight", "blocks.0.attn.qkv.bias",
            "blocks.1.mlp.fc1.weight",
            "norm.weight", "pre_logits.conv1.weight", "head.weight",
        ]
        #expect(names.isSuperset(of: expected))
    }

    @Test func loadingSaysWhatIsMissingAndUnexpected() throws {
        let network = try ViT(TrainingTests.form)
        var values = network.parameters.state
        values["extra"] = values.removeValue(forKey: "norm.bias")
        let report = try network.parameters.load(values)
        #expect(report.missing == ["norm.bias"] && report.unexpected == ["extra"])
        let error = #expect(throws: TensorError.self) { try network.parameters.loadStrictly(values) }
        #expect(error?.message.contains("missing: norm.bias; unexpected: extra") == true)
    }

    @Test func anotherShapeIsRefusedAndNothingChanges() throws {
        let network = try ViT(TrainingTests.form)
        let before = try #require(network.parameters["norm.weight"]).values(as: Float.self)
        let values = ["norm.weight": try Tensor.zeros([16]), "norm.bias": try Tensor.zeros([17])]
        #expect(throws: TensorError.self) { try network.parameters.load(values) }
        #expect(try network.parameters["norm.weight"]?.values(as: Float.self) == before)
    }

    /// MODELS 2.2: deviations of the initial values.
    @Test func initialValuesFollowTheReferencesRules() throws {
        let form = ViTConfiguration(
            imageSize: FrameSize(128, 128), patchSize: 16, inFrames: 10, outFrames: 10, channels: 1, width: 128,
            depth: 1,
            heads: 1)
        let parameters = try ViT(form).parameters
        func deviation(_ name: String) throws -> Double {
            try #require(parameters[name]).variance().squareRoot().item()
        }
        #expect(abs(try deviation("pos_embed") / 0.02 - 1) < 0.05)
        #expect(abs(try deviation("blocks.0.mlp.fc1.weight") / 0.01 - 1) < 0.05)
        #expect(abs(try deviation("patch_embed.proj.weight") / (2.0 / (128 * 256)).squareRoot() - 1) < 0.05)
        // A transposed convolution takes its fan in from axis 1 of the weight: out · k².
        let bound = 1 / (160.0 * 4).squareRoot()
        #expect(abs(try deviation("pre_logits.conv1.weight") / (bound / 3.0.squareRoot()) - 1) < 0.05)
        #expect(try #require(parameters["blocks.0.attn.qkv.bias"]).magnitude().largest().item() == 0)
        #expect(parameters.trainedCount == 648_658)
    }
}

@Suite struct AttentionTests {
    @Test func columnSumsAreThoseOfTheMapsAndAverageToOne() throws {
        let swin = try Swin(
            SwinConfiguration(
                imageSize: FrameSize(32, 48), patchSize: 2, inFrames: 2, outFrames: 2, channels: 1, width: 8,
                depths: [2, 2],
                heads: [2, 2], windowSize: 4))
        let inputs = try Tensor.empty([2, 2, 1, 32, 48])
        try inputs.fillUniformly(0...1)
        for (map, sums) in zip(try swin.attentionMaps(inputs), try swin.columnSums(inputs)) {
            #expect(map.name == sums.name)
            let difference = try (map.values.sum([-2]).mean([1]) - sums.values).magnitude().largest().item()
            #expect(difference == 0)
            #expect(abs(try sums.values.mean().item() - 1) < 1e-6)
        }
        let scores = try swin.patchScores(inputs)
        #expect(
            scores.map(\.name) == ["layers.0.blocks.0", "layers.0.blocks.1", "layers.1.blocks.0", "layers.1.blocks.1"])
        #expect(scores.allSatisfy { $0.values.shape == [2, 16, 24] })
    }

    @Test(arguments: [(TokenLayout.frame, [6, 2, 3]), (.stacked, [2, 2, 3]), (.joint, [2, 6, 3])])
    func scoresLieOnTheGridOfTheLayout(layout: TokenLayout, shape: [Int]) throws {
        var form = TrainingTests.form
        form.layout = layout
        let vit = try ViT(form)
        let inputs = try Tensor.full([2, 3, 1, 16, 24], 0.5)
        #expect(try vit(inputs, .evaluation).shape == inputs.shape)
        #expect(try vit.patchScores(inputs).allSatisfy { $0.values.shape == shape })
    }

    @Test func framesOfAnotherSizeAreRefusedWithBothShapes() throws {
        let vit = try ViT(TrainingTests.form)
        let error = #expect(throws: TensorError.self) { try vit(.zeros([1, 3, 1, 16, 16]), .evaluation) }
        #expect(error?.message.contains("[3, 1, 16, 24], not [1, 3, 1, 16, 16]") == true)
    }
}
