package import CausalAugmentation
package import SpaceTime
package import Streaming
package import Training

/// What the upstream network is trained on. METHOD 1.5 and 12.2.
package enum UpstreamTask: String, Hashable, Sendable, Codable, CaseIterable {
    /// The input frames from themselves.
    case reconstruct
    /// The target frames from the input frames.
    case predict

    var objective: any Objective { self == .reconstruct ? Reconstruction() : Prediction() }
}

/// How patches are scored. METHOD 2.2 and 12.3.
package enum ScoreKind: String, Hashable, Sendable, Codable, CaseIterable {
    case attention
    case gradientVariance = "gradient_variance"
}

/// Which stages of a Swin count. METHOD 2.5.
package enum StageChoice: String, Hashable, Sendable, Codable, CaseIterable {
    case all, first
}

/// All that a user asks a discovery for.
package struct DiscoveryRequest: Sendable {
    package var upstream: UpstreamOptions
    package var plan: PlanRequest
    package var task = UpstreamTask.reconstruct
    package var score = ScoreKind.attention
    /// nil: `frame` to reconstruct, `stacked` to predict.
    package var layout: TokenLayout?
    package var aggregate = BlockAggregate.mean
    package var stages = StageChoice.all
    package var scale = ImportanceScale.sum
    package var size = EnvironmentSize.ratio(0.25)
    /// Side of a patch in pixels; nil for about 8 patches along the shorter side.
    package var patch: Int?
    package var fit: FitSettings
    package var seed: UInt64 = 0
    /// Besides the training split, which alone is learnt from.
    package var splits: [Split] = [.train]
    /// Weights to take in place of a training: a file, or the ID of a run.
    package var checkpoint: String?
    /// Another seed to train a second network with, whose maps are compared with the first's.
    package var secondSeed: UInt64?
    package var command: [String] = []
    package var software: [String: String] = [:]

    package init(upstream: UpstreamOptions, plan: PlanRequest, fit: FitSettings) {
        self.upstream = upstream
        self.plan = plan
        self.fit = fit
    }

    var tokenLayout: TokenLayout { layout ?? (task == .reconstruct ? .frame : .stacked) }
}
