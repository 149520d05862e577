internal import FoundationEssentials
internal import Networks
package import Parity
internal import SpaceTime
internal import Tensors
internal import Training

/// Golden files of networks: builds the model from its settings, loads its state and compares. MODELS 1.1.
package enum NetworkCheck: GoldenCheck {
    /// Writes the weights of a golden file as safetensors, under the reference's names.
    package static func saveWeights(of path: String, to target: String) throws {
        try NetworkRig(GoldenFile(path), weights: nil).save(to: target)
    }

    package static func claims(_ file: GoldenFile) -> Bool { file.text("model") != nil && file.text("config") != nil }

    package static func groups(of file: GoldenFile) throws -> [String] {
        let known = [
            "state", "output", "loss", "grad_input", "grad", "attention", "importance", "train", "bn_train",
            "adam_loss",
            "adam",
        ]
        return known.filter(file.contains)
    }

    package static func lines(of group: String, in file: GoldenFile, weights: String?) throws -> [ParityLine] {
        let rig = try NetworkRig(file, weights: weights)
        switch group {
        case "state": return try rig.state()
        case "output", "loss", "grad_input", "grad": return try rig.evaluation(group)
        case "adam", "adam_loss": return try rig.steps(group)
        case "bn_train": return try rig.batchNorms()
        case "attention", "importance": return try rig.attention(group)
        case "train": return try rig.training()
        default: return [ParityLine(file.name, group, failure: "nothing here compares this group yet")]
        }
    }
}

/// A network built from a golden file, with its state.
struct NetworkRig {
    let file: GoldenFile
    let network: any Forecaster
    let input: Tensor
    let target: Tensor

    /// - Parameter weights: a file to take in place of the golden file's own state.
    init(_ file: GoldenFile, weights: String?) throws {
        self.file = file
        guard let model = file.text("model"), let config = file.text("config") else {
            throw ReaderError(
                .damaged, "a golden file of a network has the attributes model and config", path: file.path)
        }
        network = try NetworkCatalogue.network(model, settings: Data(config.utf8))
        let state = try weights.map(NetworkRig.read) ?? file.tensors(below: "state")
        try network.parameters.loadStrictly(state)
        input = try file.tensor("input")
        target = try file.tensor("target")
    }

    private static func read(_ weights: String) throws -> [String: Tensor] {
        weights.hasSuffix(".safetensors") ? try Safetensors.read(weights).tensors : try TorchCheckpoint.state(weights)
    }

    func save(to path: String) throws { try Safetensors.write(network.parameters.state, to: path) }

    func line(_ group: String, _ comparison: Comparison, tolerance: Double) -> ParityLine {
        ParityLine(
            file.name, group, difference: comparison.difference, tolerance: tolerance, detail: comparison.place)
    }

    /// Names and kinds: the state loaded strictly already, so only the kinds are left; index tables must be ours too.
    func state() throws -> [ParityLine] {
        var comparison = Comparison()
        let kinds: [(String, Parameters.Kind)] = [("buffers", .buffer), ("frozen", .frozen)]
        for (list, kind) in kinds {
            let expected = Set(try file.names(list))
            let found = Set(network.parameters.entries.filter { $0.kind == kind }.map(\.name))
            for name in expected.symmetricDifference(found) { comparison.missing("\(name) among the \(list)") }
        }
        // Buffers of integers and masks follow from the settings: what was built must equal what was loaded.
        let fresh = try NetworkRig.fresh(file)
        let values = try file.tensors(below: "state")
        for entry in fresh.parameters.entries where entry.kind != .parameter && !entry.name.contains("running_") {
            guard entry.tensor.dtype != .int64 || entry.tensor.rank > 0, let value = values[entry.name] else {
                continue
            }
            try comparison.add(entry.tensor, value, entry.name)
        }
        return [line("state", comparison, tolerance: 0)]
    }

    private static func fresh(_ file: GoldenFile) throws -> any Forecaster {
        try NetworkCatalogue.network(file.text("model") ?? "", settings: Data((file.text("config") ?? "").utf8))
    }

    /// One pass forward and back in evaluation mode.
    func evaluation(_ group: String) throws -> [ParityLine] {
        try input.setRequiresGradient(true)
        let output = try network(input, .evaluation)
        let loss = try output.meanSquaredError(target)
        var comparison = Comparison()
        switch group {
        case "output":
            try comparison.add(output, file.tensor("output"), "output")
            return [line(group, comparison, tolerance: try file.tolerance(of: group))]
        case "loss":
            let stored = try file.tensor("loss").item()
            let exact = try file.number("f64", of: "loss") ?? stored
            comparison.add(try loss.item(), stored, "loss")
            return [line(group, comparison, tolerance: 20 * abs(stored - exact) + 1e-6)]
        case "grad_input":
            try loss.backward()
            if let gradient = try input.gradient {
                try comparison.add(gradient, file.tensor("grad_input"), "input")
            } else {
                comparison.missing("the input has no gradient")
            }
            return [line(group, comparison, tolerance: try file.tolerance(of: group))]
        default:
            try loss.backward()
            try compareGradients("grad", without: "no_grad", &comparison)
            return [line(group, comparison, tolerance: try file.tolerance(of: group))]
        }
    }

    /// Gradients of all parameters, and that the right ones have none.
    func compareGradients(_ group: String, without list: String, _ comparison: inout Comparison) throws {
        let expected = try file.tensors(below: group)
        let none = Set(try file.names(list))
        for entry in network.parameters.trained {
            let gradient = try entry.tensor.gradient
            switch (gradient, expected[entry.name]) {
            case (let gradient?, let value?): try comparison.add(gradient, value, entry.name)
            case (nil, .some): comparison.missing("\(entry.name) has no gradient")
            case (.some, nil): comparison.missing("\(entry.name) has a gradient, but should have none")
            case (nil, nil) where !none.contains(entry.name): comparison.missing("\(entry.name) is not compared")
            case (nil, nil): break
            }
        }
    }

    /// Three steps of Adam in evaluation mode on the same batch.
    func steps(_ group: String) throws -> [ParityLine] {
        let adam = Adam(network.parameters, Optimisation.AdamForm(rate: 0.01))
        var losses: [Double] = []
        for step in 0...3 {
            let loss = try network(input, .evaluation).meanSquaredError(target)
            losses.append(try loss.item())
            guard step < 3 else { break }
            try adam.clearGradients()
            try loss.backward()
            try adam.step()
        }
        var comparison = Comparison()
        if group == "adam_loss" {
            let expected = try file.tensor("adam_loss").values(as: Double.self)
            for (index, pair) in zip(losses, expected).enumerated() {
                comparison.add(pair.0, pair.1, "step \(index)")
            }
            return [line(group, comparison, tolerance: try file.tolerance(of: group))]
        }
        let unstable = try file.tensors(below: "adam_unstable")
        for (name, value) in try file.tensors(below: "adam") {
            guard let found = network.parameters[name] else {
                comparison.missing("\(name) is not in the model")
                continue
            }
            try comparison.add(found, value, name, ignoring: unstable[name])
        }
        return [line(group, comparison, tolerance: 1e-4)]
    }
}
