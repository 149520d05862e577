internal import SpaceTime

/// By what rules copies are made, with every option; nil where the default follows from the window's length.
package struct AugmentRecipe: Hashable, Sendable {
    package enum Mixing: String, Hashable, Sendable, CaseIterable {
        /// DistriXplorer, METHOD.md 3.
        case mix
        /// METHOD.md 12.4.
        case swap
    }

    package enum Selecting: String, Hashable, Sendable, CaseIterable {
        /// METHOD.md 4.2.
        case gaussian
        /// METHOD.md 12.5.
        case all
    }

    package enum Temporal: String, Hashable, Sendable, CaseIterable {
        case geometric, gaussian, none
    }

    package var seed: UInt64 = 0
    /// N.
    package var copies = 3
    package var explorer = Mixing.mix
    package var kappa = 0.5
    package var eta = 1.0
    package var spatial = DistriXplorer.Spatial.importance
    package var temporal = Temporal.geometric
    /// Of `gaussian` weights, in frames.
    package var tau: Double?
    /// Frames before the current one that count; nil for all.
    package var history: Int?
    package var normaliseTime = true
    package var selection = Selecting.gaussian
    /// In frames; a quarter of the input length where nil.
    package var sigma: Double?
    package var unit = GaussianSelection.Unit.patch
    package var rate = GaussianSelection.Rate.peak
    package var dedupe = false

    package init() {}

    /// Mode `interventional`: environment content of other windows, in every frame (METHOD.md 12.5).
    package static var interventional: AugmentRecipe {
        var recipe = AugmentRecipe()
        recipe.explorer = .swap
        recipe.selection = .all
        return recipe
    }

    /// - Parameter frames: T.
    /// - Throws: `.usage` where an option is out of range.
    package func maker(frames: Int) throws(AugmentationError) -> EnvironmentMaker {
        try EnvironmentMaker(
            seed: seed, copies: copies, selection: patchSelection(frames: frames), explorer: patchExplorer(),
            dedupe: dedupe)
    }

    private func patchSelection(frames: Int) throws(AugmentationError) -> any PatchSelection {
        switch selection {
        case .all: WholeSelection()
        case .gaussian: try GaussianSelection(sigma: sigma, frames: frames, unit: unit, rate: rate)
        }
    }

    private func patchExplorer() throws(AugmentationError) -> any Explorer {
        if explorer == .swap { return SwapExplorer() }
        return try DistriXplorer(
            spatial: spatial, time: TemporalWeights(kind(), history: history, isNormalised: normaliseTime), eta: eta)
    }

    private func kind() throws(AugmentationError) -> TemporalWeights.Kind {
        switch temporal {
        case .geometric: return .geometric(kappa: kappa)
        case .none: return .none
        case .gaussian:
            guard let tau else {
                throw AugmentationError(.usage, "temporal weights `gaussian` need tau, a number of frames")
            }
            return .gaussian(tau: tau)
        }
    }
}
