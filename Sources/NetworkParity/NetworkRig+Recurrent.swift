internal import ArrayFiles
internal import Networks
internal import Parity
internal import Tensors

/// The training loss of recurrent networks with given flags, its parts, its gradients and all emitted frames. MODELS 1.1.
extension NetworkRig {
    func training() throws -> [ParityLine] {
        guard let network = network as? any RecurrentForecaster else {
            return [ParityLine(file.name, "train", failure: "the network does not go through time")]
        }
        let pass = try network.trainingPass(inputs: input, targets: target, flags: file.tensor("train/mask"))
        var frames = Comparison()
        try frames.add(pass.frames, file.tensor("train/frames"), "frames")
        // The attributes give no distance for these frames: they are as exact as the output.
        let outputs = try file.tolerance(of: "output")
        var lines = [line("train/frames", frames, tolerance: outputs)]
        lines += try losses(pass.loss)
        try pass.loss.total.backward()
        var gradients = Comparison()
        try compareGradients("train/grad", without: "train/no_grad", &gradients)
        lines.append(line("train/grad", gradients, tolerance: try file.tolerance(of: "train/grad")))
        return lines
    }

    /// `loss` and every part of the file, and that there are no others.
    private func losses(_ loss: TrainingLoss) throws -> [ParityLine] {
        let others = ["mask", "frames", "loss", "no_grad", "grad"]
        var expected: [String: Tensor] = [:]
        for name in try file.file.names(inGroup: "/train") where !others.contains(name) {
            expected[name] = try file.tensor("train/" + name)
        }
        var parts = Comparison()
        for name in Set(expected.keys).symmetricDifference(loss.parts.keys) {
            parts.missing("\(name) is \(expected[name] == nil ? "not in the file" : "no part of the loss")")
        }
        for (name, value) in expected {
            if let found = loss.parts[name] { parts.add(try found.item(), try value.item(), name) }
        }
        let total = try file.tensor("train/loss").item()
        let exact = try file.number("f64", of: "train/loss") ?? total
        let tolerance = 20 * abs(total - exact) + 1e-6
        var whole = Comparison()
        whole.add(try loss.total.item(), total, "loss")
        return [line("train/loss", whole, tolerance: tolerance), line("train/parts", parts, tolerance: tolerance)]
    }
}
