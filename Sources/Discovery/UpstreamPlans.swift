internal import CausalAugmentation
internal import DataBank
internal import SpaceTime
internal import Streaming

/// The streams of a discovery: what is learnt from, what is held out, and the windows that get maps.
struct UpstreamPlans {
    /// As the user asks: its windows are those that a downstream training has.
    let windows: BatchSource
    let training: BatchSource
    /// The windows of `training` in stored order: what is measured on them follows from no seed.
    let measured: BatchSource
    /// nil where nothing is held out.
    let validation: BatchSource?
    private let discovery: Discovery

    init(_ discovery: Discovery) throws {
        self.discovery = discovery
        let request = discovery.request
        windows = try UpstreamPlans.source(discovery, UpstreamPlans.filled(request), .train)
        if windows.plan.crop?.place == .random {
            throw BankError(
                .usage, "a random crop moves from epoch to epoch, so no map would fit; take HxW or HxW@ROW,COLUMN")
        }
        guard request.task == .reconstruct || request.tokenLayout != .frame else {
            throw BankError(.usage, "to predict, time has to mix: take --layout stacked or joint")
        }
        guard request.task == .reconstruct || windows.targetShape[0] > 0 else {
            throw BankError(.usage, "the plan has no target frames to predict; give --target 1 or more")
        }
        let fed = UpstreamPlans.fed(request, windows.plan)
        training = try UpstreamPlans.source(discovery, fed, .train)
        measured = try UpstreamPlans.source(discovery, UpstreamPlans.inOrder(fed), .train)
        validation = try UpstreamPlans.heldOut(discovery, fed)
        if validation == nil {
            discovery.report(.note("no validation window: the training cannot stop early and keeps the last epoch"))
        }
    }

    /// With numbers in place of missing ones, and standardised unless the user says otherwise.
    private static func filled(_ request: DiscoveryRequest) -> PlanRequest {
        var plan = request.plan
        plan.fill = plan.fill.map { $0.isNaN ? 0 : $0 } ?? 0
        plan.normalise = plan.normalise ?? .standard
        plan.order = nil
        plan.seed = plan.seed ?? request.seed
        return plan
    }

    /// In layout `frame` each frame is a sample of its own, met once an epoch.
    private static func fed(_ request: DiscoveryRequest, _ windows: BatchPlan) -> PlanRequest {
        var plan = filled(request)
        guard request.tokenLayout == .frame else { return plan }
        (plan.inputFrames, plan.targetFrames, plan.stride) = (1, 0, 1)
        plan.batchSize = windows.batchSize * windows.inputFrames
        return plan
    }

    private static func inOrder(_ plan: PlanRequest) -> PlanRequest {
        var plan = plan
        (plan.order, plan.dropLast) = (.stored, false)
        return plan
    }

    private static func source(_ discovery: Discovery, _ plan: PlanRequest, _ split: Split) throws(BankError)
        -> BatchSource
    {
        var plan = plan
        plan.split = split
        if split != .train { plan.dropLast = false }
        return try BatchSource(discovery.ref.pinned, in: discovery.bank, plan)
    }

    /// nil where there is no validation split, or no window in it.
    private static func heldOut(_ discovery: Discovery, _ plan: PlanRequest) throws -> BatchSource? {
        guard try discovery.dataset.sequences().contains(where: { $0.split == .validation }) else { return nil }
        do throws(BankError) {
            return try source(discovery, plan, .validation)
        } catch {
            guard error.code == .usage else { throw error }
            return nil
        }
    }

    /// What gets maps, in stored order; nil where a split other than training has no window.
    func maps(of split: Split) throws -> BatchSource? {
        var plan = UpstreamPlans.inOrder(UpstreamPlans.fed(discovery.request, windows.plan))
        if discovery.request.tokenLayout == .frame { plan.keepMissing = true }
        do throws(BankError) {
            return try UpstreamPlans.source(discovery, plan, split)
        } catch {
            guard error.code == .usage, split != .train else { throw error }
            discovery.report(.note("split \(split.rawValue) has no window"))
            return nil
        }
    }

    /// The network for these windows.
    var form: UpstreamForm {
        get throws {
            let shape = training.inputShape
            let grid = try PatchGrid(fieldRows: shape[2], fieldColumns: shape[3], side: discovery.request.patch)
            let outputs = discovery.request.task == .reconstruct ? shape[0] : training.targetShape[0]
            return try UpstreamForm(
                discovery.request.upstream, grid,
                UpstreamForm.Frames(inputs: shape[0], outputs: outputs, channels: shape[1]),
                discovery.request.tokenLayout)
        }
    }

    func score(_ form: UpstreamForm) -> any PatchScore {
        let request = discovery.request
        if request.score == .gradientVariance { return GradientVarianceScore(grid: form.grid, seed: request.seed) }
        return AttentionScore(
            layout: request.tokenLayout, aggregate: request.aggregate, stages: request.stages, form: form,
            length: training.inputShape[0])
    }
}
