internal import CausalAugmentation
internal import DataBank
internal import SpaceTime
internal import Streaming

/// What a training learns from and what it is held against.
struct TrainingStreams {
    /// With copies where the plan has them.
    let training: BatchSource
    /// Never changed; nil where nothing was held out.
    let validation: BatchSource?
    /// The data set, and those that copies come from.
    let datasets: [RunRecord.Source]

    /// - Throws: `.usage` where the plan does not fit the data set or there is nothing to learn from, `.notFound` where it or a
    ///   parent of its copies is not there.
    init(_ request: TrainingRequest, in bank: Bank, note: (String) -> Void) throws {
        let ref = try bank.resolve(request.dataset)
        let dataset = try Dataset(ref.digest, in: bank)
        let rows = try dataset.sequences()
        guard rows.contains(where: { $0.split == .train }) else {
            throw BankError(
                .usage,
                "\(ref.id) has no training data, and nothing else may be learnt from; ingest it again with a rule that gives "
                    + "some, such as --split time:80/10/10 or --split group:80/10/10")
        }
        let plan = TrainingStreams.plan(request)
        training = try CopyStream.open(ref.pinned, in: bank, plan)
        validation = try TrainingStreams.heldOut(plan, beside: training, rows, in: bank)
        if validation == nil { note("no validation window: the training cannot stop early and keeps the last epoch") }
        var sources = [RunRecord.Source(id: ref.pinned, digest: ref.digest)]
        if let name = TrainingStreams.copySource(plan) {
            let other = try bank.resolve(name)
            sources.append(RunRecord.Source(id: other.pinned, digest: other.digest))
        }
        datasets = sources
    }

    /// Standardised unless the user says otherwise; missing values stay missing, unless a number is to stand for them.
    private static func plan(_ request: TrainingRequest) -> PlanRequest {
        var plan = request.plan
        plan.split = .train
        plan.fill = plan.fill ?? .nan
        plan.normalise = plan.normalise ?? .standard
        plan.seed = plan.seed ?? request.seed
        return plan
    }

    /// The same windows of the validation split as originals; nil where there is none.
    private static func heldOut(_ plan: PlanRequest, beside training: BatchSource, _ rows: [SequenceRow], in bank: Bank)
        throws(BankError) -> BatchSource?
    {
        guard rows.contains(where: { $0.split == .validation }) else { return nil }
        var plan = plan.completed(by: training.plan.originals)
        (plan.environments, plan.copies) = (nil, nil)
        (plan.split, plan.order, plan.dropLast) = (.validation, .stored, false)
        do throws(BankError) {
            return try BatchSource(training.name, in: bank, plan)
        } catch {
            guard error.code == .usage else { throw error }
            return nil
        }
    }

    /// The data set that a plan's copies come from: environments, or the importance that a recipe names.
    private static func copySource(_ plan: PlanRequest) -> String? {
        switch plan.environments {
        case .text(let name): name
        case .object(let members): members["importance"]?.text
        default: nil
        }
    }
}

extension BatchPlan {
    /// As a request for the same windows and values, without copies.
    var originals: PlanRequest {
        var request = PlanRequest()
        (request.inputField, request.targetField, request.split) = (inputField, targetField, split)
        (request.inputFrames, request.targetFrames, request.stride) = (inputFrames, targetFrames, stride)
        (request.crop, request.resize, request.batchSize) = (crop, resize, batchSize)
        (request.seed, request.order, request.normalise, request.fill) = (seed, order, normalise, fill)
        (request.dropLast, request.crossGaps, request.keepMissing) = (dropLast, crossGaps, keepMissing)
        return request
    }
}
