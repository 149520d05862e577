/// All scores of one forecaster, added up frame by frame.
public struct ScoreBoard: Sendable {
    public let rule: ScoringRule
    /// Of scored numbers.
    private var metrics: [any Metric]
    /// Of the field's own numbers.
    private var events: [any Metric] = []

    /// - Parameter neighbourhood: the side of the fractions skill score's windows in pixels, odd.
    public init(_ rule: ScoringRule, neighbourhood: Int = 5) {
        self.rule = rule
        let explicit = StructuralSimilarity.Form.explicit(range: rule.range)
        let similarity =
            rule.range == 0...1 ? StructuralSimilarity(explicit, .openSTL) : StructuralSimilarity(explicit)
        metrics = [ErrorSums(), similarity, SignalToNoise(range: rule.range)]
        guard !rule.thresholds.isEmpty else { return }
        events = [
            ThresholdScores(rule.thresholds, scale: rule.thresholdScale),
            FractionsSkill(rule.thresholds, scale: rule.thresholdScale, side: neighbourhood),
        ]
    }

    /// Takes in frames in the field's units.
    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        let (one, other) = (scored(prediction), scored(truth))
        for index in metrics.indices { metrics[index].add(one, other, lead: lead) }
        for index in events.indices { events[index].add(prediction, truth, lead: lead) }
    }

    private func scored(_ frame: Frame) -> Frame {
        guard rule.factor != 1 || rule.offset != 0 else { return frame }
        var frame = frame
        for index in frame.values.indices { frame.values[index] = frame.values[index] * rule.factor + rule.offset }
        return frame
    }

    /// Lead times met.
    public var leads: Int { metrics[0].leads }

    /// Over all lead times.
    public var scores: [Score] { scores(over: 0..<leads) }

    /// Of one lead time, from 0.
    public func scores(lead: Int) -> [Score] { scores(over: lead..<(lead + 1)) }

    private func scores(over leads: Range<Int>) -> [Score] { (metrics + events).flatMap { $0.scores(over: leads) } }

    /// Over all lead times, by name.
    public subscript(_ name: String) -> Double? { scores.first { $0.name == name }?.value }
}
