internal import Metrics

/// Groups with the scores of events: `mode0` over everything, `mode1` by lead time, `mode2` the mean of `mode1` over lead times.
enum EventParity {
    private static let ratios: [String: @Sendable (EventCounts) -> Double] = [
        "csi": { $0.csi }, "pod": { $0.pod }, "sucr": { $0.successRatio }, "far": { $0.far },
        "bias": { $0.earthformerBias },
    ]

    static func compare(
        _ group: GoldenGroup, _ frames: GoldenFrames, thresholds: [Double], _ comparison: inout Comparison
    ) throws {
        var scores = ThresholdScores(thresholds, scale: 255)
        for sample in 0..<frames.sampleCount {
            for time in 0..<frames.length {
                let (found, expected) = frames.frames(sample, time)
                scores.add(found, expected, lead: time)
            }
        }
        let byLead = (0..<frames.length).map { scores.counts(over: $0..<($0 + 1)) }
        for part in try group.groups() {
            comparison.begin(part.name)
            switch part.name {
            case "mode0": try compare(part, [scores.counts(over: 0..<frames.length)], averaging: false, &comparison)
            case "mode1": try compare(part, byLead, averaging: false, &comparison)
            case "mode2": try compare(part, byLead, averaging: true, &comparison)
            default: comparison.unknown(part.name)
            }
        }
    }

    /// - Parameter counts: by lead time, then threshold; stored the other way round.
    private static func compare(
        _ part: GoldenGroup, _ counts: [[EventCounts]], averaging: Bool, _ comparison: inout Comparison
    ) throws {
        let thresholds = counts[0].indices
        let flat = { (value: (EventCounts) -> Double) in thresholds.flatMap { t in counts.map { value($0[t]) } } }
        for name in try part.names() {
            switch name {
            case "hits": try comparison.equal(name, flat { Double($0.hits) }, in: part)
            case "misses": try comparison.equal(name, flat { Double($0.misses) }, in: part)
            case "false_alarms": try comparison.equal(name, flat { Double($0.falseAlarms) }, in: part)
            default:
                let isMean = name.hasSuffix("_mean") || name == "csi_m"
                let stem = isMean ? String(name.split(separator: "_")[0]) : name
                guard let ratio = ratios[stem] else {
                    comparison.unknown(name)
                    continue
                }
                var values = counts.map { $0.map(ratio) }
                if averaging { values = [thresholds.map { t in mean(values.map { $0[t] }) }] }
                let found = isMean ? values.map(mean) : thresholds.flatMap { t in values.map { $0[t] } }
                // The reference divides in float32, so its numbers are good to about 3e-7.
                try comparison.relative(name, found, in: part, tolerance: 1e-6)
            }
        }
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
}
