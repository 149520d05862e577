internal import DataBank
package import Metrics
package import SpaceTime
package import Streaming

/// Scores of a run's forecasts beside two that know nothing: the last input frame over and over, and the training mean.
package struct Evaluation {
    /// Who forecast, and how well.
    package struct Entry {
        /// The run, `persistence` or `training mean`.
        package var name: String
        package var board: ScoreBoard
    }

    package let entries: [Entry]
    package let rule: ScoringRule
    /// Pinned.
    package let dataset: String
    package let split: Split
    package let windows: Int

    /// Whether both were made on the same windows, in the same units.
    package func isComparable(to other: Evaluation) -> Bool {
        dataset == other.dataset && split == other.split && windows == other.windows && rule == other.rule
            && entries[0].board.leads == other.entries[0].board.leads
    }

    package struct Options: Sendable {
        /// In the field's own units instead of the benchmark's.
        package var isPhysical = false
        /// In the field's own units; nil for the benchmark's.
        package var thresholds: [Double]?
        /// The side of the fractions skill score's windows.
        package var neighbourhood = 5

        package init() {}
    }

    /// - Parameters:
    ///   - dataset: nil for the one the run learnt from.
    ///   - wishes: over the run's own plan.
    ///   - progress: is told windows done and in all.
    package init(
        of forecaster: TrainedForecaster, on dataset: String? = nil, _ split: Split, _ wishes: PlanRequest,
        _ options: Options, progress: (Int, Int) throws -> Void
    ) throws {
        let windows = try forecaster.windows(of: dataset, split, wishes)
        let rule = try Evaluation.rule(of: windows.source, forecaster, options)
        let mean = try TrainingMean(of: forecaster.dataset, windows.source.plan.originals, in: forecaster.bank)
        let board = ScoreBoard(rule, neighbourhood: options.neighbourhood)
        var own = Entry(name: forecaster.record.id, board: board)
        var still = Entry(name: "persistence", board: board)
        var plain = Entry(name: "training mean", board: board)
        let (frames, leads) = (windows.source.plan.inputFrames, windows.source.plan.targetFrames)
        var done = 0
        try windows.forEach { batch in
            for sample in 0..<batch.count {
                let last = batch.input(sample, frames - 1).filled(from: mean.frame)
                for lead in 0..<leads {
                    let truth = batch.expected(sample, lead: lead)
                    own.board.add(batch.forecast(sample, lead: lead), truth, lead: lead)
                    still.board.add(last, truth, lead: lead)
                    plain.board.add(mean.frame, truth, lead: lead)
                }
            }
            done += batch.count
            try progress(done, windows.source.windowCount)
        }
        // Another field's last frame is no forecast of this one.
        let isOneField = windows.source.plan.inputField == windows.source.plan.targetField
        entries = isOneField ? [own, still, plain] : [own, plain]
        self.rule = rule
        self.dataset = windows.source.name
        self.split = split
        self.windows = done
    }

    private static func rule(of source: BatchSource, _ forecaster: TrainedForecaster, _ options: Options) throws
        -> ScoringRule
    {
        let learnt = try Dataset(forecaster.record.datasets[0].digest, in: forecaster.bank)
        let field = source.targetField
        let axis = learnt.identity.timeAxis
        let described = ScoringRule.Field(
            source: learnt.record.source, name: field.name, units: field.units,
            range: learnt.range(ofField: field.name) ?? 0...1, isByte: field.element == .uint8,
            interval: axis.kind == .clock ? axis.cadence.map(Double.init) : nil)
        var rule = options.isPhysical ? ScoringRule.physical(described) : .benchmark(described)
        if let thresholds = options.thresholds {
            (rule.thresholds, rule.thresholdUnits, rule.thresholdScale) = (thresholds, field.units, 1)
        }
        return rule
    }
}

extension Frame {
    /// With what is missing taken from another frame.
    fileprivate func filled(from other: Frame) -> Frame {
        guard values.contains(where: \.isNaN) else { return self }
        var frame = self
        for index in values.indices where values[index].isNaN { frame.values[index] = other.values[index] }
        return frame
    }
}
