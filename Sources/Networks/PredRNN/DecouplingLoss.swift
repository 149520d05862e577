internal import Tensors

/// How alike cells and memory learn: the mean |cosine| between what was written to the one and to the other, over all samples,
/// channels, layers and time steps. MODELS 8; OpenSTL models/predrnnv2_model.py.
struct DecouplingLoss {
    /// What one layer wrote at one time step: both (B, n, h, w).
    struct Change {
        var cell: Tensor
        var memory: Tensor
    }

    let adapter: Convolve

    init(_ scope: Parameters.Scope, _ hidden: Int) throws(TensorError) {
        adapter = try Convolve(scope, hidden, hidden, side: 1, hasBias: false)
    }

    /// All changes as one batch: they are of one shape, so the mean of their means is the mean of all.
    func callAsFunction(_ changes: [Change]) throws(TensorError) -> Tensor {
        let cells = try directions(.concatenated(changes.map(\.cell), axis: 0))
        let memories = try directions(.concatenated(changes.map(\.memory), axis: 0))
        // The reference's cosine_similarity divides by the norms, now 1 or 0, once more.
        let lengths = try length(cells, 1e-8) * length(memories, 1e-8)
        return try ((cells * memories).sum([2], keepingAxes: true) / lengths).magnitude().mean()
    }

    /// Each channel of the adapted changes as a vector of length 1: (N, n, h·w).
    private func directions(_ changes: Tensor) throws(TensorError) -> Tensor {
        let flat = try adapter(changes).flattened(2)
        return try flat / length(flat, 1e-12)
    }

    private func length(_ vectors: Tensor, _ least: Double) throws(TensorError) -> Tensor {
        try vectors.norm([2], keepingAxes: true).clamped(to: least...Double.infinity)
    }
}
