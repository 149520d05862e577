public import Networks
public import Tensors

/// Adam over a model's parameters, all in one fused call a step. Its state has names and can be saved and restored.
///
/// A parameter without a gradient keeps its values and state, as in PyTorch.
public final class Adam {
    public var form: Optimisation.AdamForm
    private let entries: [Parameters.Entry]
    private var states: [String: Optimisation.AdamTarget] = [:]

    public init(_ parameters: Parameters, _ form: Optimisation.AdamForm) {
        entries = parameters.trained
        self.form = form
    }

    private var withGradient: [Parameters.Entry] {
        get throws(TensorError) {
            var found: [Parameters.Entry] = []
            for entry in entries where try entry.tensor.gradient != nil { found.append(entry) }
            return found
        }
    }

    public func clearGradients() throws(TensorError) { try Tensors.clearGradients(entries.map(\.tensor)) }

    /// Scales all gradients so that their norm as one is at most `limit`; nil only measures. Returns the norm before.
    @discardableResult
    public func clipGradients(to limit: Double?) throws(TensorError) -> Double {
        try Optimisation.clipGradients(withGradient.map(\.tensor), to: limit)
    }

    /// Divides the gradients by the number of batches whose gradients were added up.
    public func averageGradients(over batches: Int) throws(TensorError) {
        guard batches > 1 else { return }
        try Optimisation.scaleGradients(withGradient.map(\.tensor), by: 1 / Double(batches))
    }

    /// One step by the gradients that `backward` left.
    public func step() throws(TensorError) {
        var targets: [Optimisation.AdamTarget] = []
        for entry in try withGradient { targets.append(try target(for: entry)) }
        guard form.isDecoupled, form.decay > 0 else { return try Optimisation.adamStep(targets, form) }
        // Biases and the weights of norms are not to shrink (Earthformer, scripts/cuboid_transformer).
        var plain = form
        plain.decay = 0
        try Optimisation.adamStep(targets.filter { $0.parameter.rank > 1 }, form)
        try Optimisation.adamStep(targets.filter { $0.parameter.rank <= 1 }, plain)
    }

    private func target(for entry: Parameters.Entry) throws(TensorError) -> Optimisation.AdamTarget {
        if let known = states[entry.name] { return known }
        let (shape, dtype, device) = (entry.tensor.shape, entry.tensor.dtype, entry.tensor.device)
        let fresh = Optimisation.AdamTarget(
            parameter: entry.tensor, mean: try .zeros(shape, dtype, on: device),
            square: try .zeros(shape, dtype, on: device), steps: try .zeros([], on: device))
        states[entry.name] = fresh
        return fresh
    }

    /// The state by name: `exp_avg.NAME`, `exp_avg_sq.NAME`, `step.NAME`, as PyTorch calls them.
    public var state: [String: Tensor] {
        var result: [String: Tensor] = [:]
        for (name, target) in states {
            result["exp_avg." + name] = target.mean
            result["exp_avg_sq." + name] = target.square
            result["step." + name] = target.steps
        }
        return result
    }

    /// Takes over what `state` gave.
    ///
    /// - Throws: `.damaged` where a name or a shape is not the model's.
    public func restore(_ state: [String: Tensor]) throws(TensorError) {
        states = [:]
        var used = 0
        for entry in entries {
            guard let mean = state["exp_avg." + entry.name] else { continue }
            guard let square = state["exp_avg_sq." + entry.name], let steps = state["step." + entry.name],
                mean.shape == entry.tensor.shape, square.shape == mean.shape, steps.shape == []
            else {
                throw TensorError(.damaged, "the optimiser's state of \(entry.name) is incomplete or of another shape")
            }
            let target = try self.target(for: entry)
            try target.mean.copy(from: mean)
            try target.square.copy(from: square)
            try target.steps.copy(from: steps)
            used += 3
        }
        guard used == state.count else {
            throw TensorError(
                .damaged, "the optimiser's state has \(state.count - used) entries that are not the model's")
        }
    }
}
