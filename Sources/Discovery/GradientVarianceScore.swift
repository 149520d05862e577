internal import CausalAugmentation
internal import Networks
internal import SpaceTime
internal import Tensors
internal import Training

/// How much the output moves with a patch, by how much the patch varies. METHOD 12.3.
struct GradientVarianceScore: PatchScore {
    let grid: PatchGrid
    let seed: UInt64

    var frames: Int { 1 }

    func scores(by network: any AttentionSource, _ batch: BatchTensors, samples: [UInt64]) throws -> [[Double]] {
        let inputs = try batch.inputs.values.cloned()
        try inputs.setRequiresGradient(true)
        let output = try network(inputs, .evaluation)
        let shape = output.shape
        let probes = GradientVariance.probes
        let gradients = try (0..<probes).map { probe in
            let signs = samples.flatMap { self.signs(sample: $0, probe: probe, Array(shape.dropFirst())) }
            let weight = try Tensor(signs, shape).to(output.device)
            let found = try output.gradients(of: [inputs], weight: weight, keepGraph: probe < probes - 1)
            return try found[0]?.values(as: Double.self) ?? []
        }
        let values = try inputs.detached().values(as: Double.self)
        let each = values.count / batch.count
        return try (0..<batch.count).map { number in
            let own = (number * each)..<((number + 1) * each)
            return try GradientVariance.scores(
                grid, window: Array(values[own]), gradients: gradients.map { Array($0[own]) })
        }
    }

    /// Of one window's output, T', C, H, W.
    private func signs(sample: UInt64, probe: Int, _ shape: [Int]) -> [Float] {
        let each = shape.dropFirst().reduce(1, *)
        return (0..<shape[0]).flatMap { frame in
            (0..<each).map { element in
                Float(
                    GradientVariance.sign(seed: seed, sample: sample, probe: probe, frame: frame, element: element))
            }
        }
    }
}
