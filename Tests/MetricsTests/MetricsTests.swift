import Metrics
import Testing

/// Numbers that look random and are the same every time.
private func frame(_ seed: Int, channels: Int = 1, rows: Int = 16, columns: Int = 20) -> Frame {
    let values = (0..<(channels * rows * columns)).map { index in
        Double((index &* 7919 &+ seed &* 104_729) % 1009) / 1009
    }
    return Frame(channels: channels, rows: rows, columns: columns, values: values)
}

private func value(_ name: String, of metric: some Metric) -> Double? { metric.scores.first { $0.name == name }?.value }

@Suite struct MetricsTests {
    @Test func frameSumsAreMeansTimesTheFrame() throws {
        var errors = ErrorSums()
        for lead in 0..<3 { errors.add(frame(lead, channels: 2), frame(9, channels: 2), lead: lead) }
        let (mean, sum) = (try #require(value("mse", of: errors)), try #require(value("mse_frame_sum", of: errors)))
        #expect(abs(sum - mean * 640) < 1e-9)
        #expect(mean >= errors.mae(over: 0..<3) * errors.mae(over: 0..<3))
    }

    @Test func allLeadTimesAreTheMeanOfEach() {
        var errors = ErrorSums()
        for lead in 0..<4 { errors.add(frame(lead), frame(lead + 5), lead: lead) }
        let each = (0..<4).map { errors.mse(over: $0..<($0 + 1)) }
        #expect(abs(errors.mse(over: 0..<4) - each.reduce(0, +) / 4) < 1e-12)
    }

    @Test func missingPixelsChangeNothingWhereverTheyLie() {
        var (whole, holed) = (ErrorSums(), ErrorSums())
        let (prediction, truth) = (frame(1), frame(2))
        var (damaged, rest) = (truth, truth)
        for index in 0..<50 {
            damaged.values[index] = .nan
            rest.values[index] = prediction.values[index]
        }
        whole.add(prediction, rest, lead: 0)
        holed.add(prediction, damaged, lead: 0)
        #expect(abs(holed.mse(over: 0..<1) * 270 - whole.mse(over: 0..<1) * 320) < 1e-9)
        #expect(StructuralSimilarity(.openSTL).values(prediction, damaged)[0].isFinite)
    }

    @Test func aPerfectForecastHasTheBestScores() throws {
        var similarity = StructuralSimilarity(.explicit(range: 0...1))
        var events = ThresholdScores([0.5, 0.9])
        var fractions = FractionsSkill([0.5])
        for lead in 0..<2 {
            similarity.add(frame(lead), frame(lead), lead: lead)
            events.add(frame(lead), frame(lead), lead: lead)
            fractions.add(frame(lead), frame(lead), lead: lead)
        }
        #expect(abs(try #require(value("ssim", of: similarity)) - 1) < 1e-12)
        #expect(try #require(value("csi_m", of: events)) > 0.99999)
        #expect(value("far@0.5", of: events) == 0)
        #expect(value("fss5@0.5", of: fractions) == 1)
        #expect(SignalToNoise().value(frame(1), frame(1)) == .infinity)
    }

    @Test func countsAreThoseOfAPixelByPixelLook() {
        var events = ThresholdScores([0.25], scale: 0.5)
        let (prediction, truth) = (frame(3), frame(4))
        events.add(prediction, truth, lead: 0)
        let pairs = zip(prediction.values, truth.values).map { ($0 * 0.5 >= 0.25, $1 * 0.5 >= 0.25) }
        let found = events.counts(over: 0..<1)[0]
        #expect(found.hits == pairs.count { $0 == (true, true) })
        #expect(found.misses == pairs.count { $0 == (false, true) })
        #expect(found.falseAlarms == pairs.count { $0 == (true, false) })
    }

    @Test func wideNeighbourhoodsForgiveADisplacement() throws {
        var truth = frame(0)
        truth.values = truth.values.map { _ in 0 }
        var moved = truth
        truth.values[8 * 20 + 10] = 1
        moved.values[8 * 20 + 12] = 1
        let scores = [1, 3, 5, 9].map { side in
            var skill = FractionsSkill([0.5], side: side)
            skill.add(moved, truth, lead: 0)
            return skill.scores[0].value
        }
        #expect(scores[0] == 0)
        #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 < $1 })
        // Roberts and Lean: 1 - distance / side for a point moved along one axis.
        #expect(abs(scores[3] - (1 - 2.0 / 9)) < 1e-12)
    }

    @Test func aThresholdIsMetByItsVeryNumber() {
        let field = ScoringRule.Field(source: "sevir", name: "vil", units: "1", range: 0...252, isByte: true)
        var board = ScoreBoard(.benchmark(field))
        let levels = Frame(channels: 1, rows: 16, columns: 16, values: (0..<256).map { Double($0) })
        board.add(levels, levels, lead: 0)
        // 256 - T pixels reach T.
        for threshold in [16, 74, 133, 160, 181, 219] {
            let hits = Double(256 - threshold)
            #expect(board["csi@\(threshold)"] == hits / (hits + EventCounts.epsilon))
        }
    }

    @Test func rainIsJudgedByItsRate() {
        let field = { (interval: Double) in
            ScoringRule.Field(
                source: "rainnet", name: "rain", units: "mm", range: 0...12, isByte: false, interval: interval)
        }
        #expect(ScoringRule.benchmark(field(300)).thresholdScale == 12)
        #expect(ScoringRule.benchmark(field(3600)).thresholdScale == 1)
    }
}
