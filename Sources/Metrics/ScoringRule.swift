/// In which units the frames of a field are scored, over which range, and at which thresholds: each benchmark's own by default.
public struct ScoringRule: Hashable, Sendable, Codable {
    /// Of what is scored, such as `VIL / 255`.
    public var units: String
    /// Scored = physical · factor + offset.
    public var factor: Double
    public var offset: Double
    /// The range of scored numbers that SSIM and PSNR go by.
    public var low: Double
    public var high: Double
    /// Of events; none where the benchmark has none.
    public var thresholds: [Double]
    public var thresholdUnits: String
    /// The field's own numbers times this are in `thresholdUnits`; not through the scored ones, whose rounding could move a number
    /// across its threshold.
    public var thresholdScale: Double

    public var range: ClosedRange<Double> { low...max(low, high) }

    /// What is known of a field.
    public struct Field: Sendable {
        /// The format it was read by, such as `sevir`.
        public var source: String
        public var name: String
        public var units: String
        /// Least and largest value of the training split, in `units`.
        public var range: ClosedRange<Double>
        /// Seconds from frame to frame, where time is a clock.
        public var interval: Double?
        /// Whether its elements are stored as uint8.
        public var isByte: Bool

        public init(
            source: String, name: String, units: String, range: ClosedRange<Double>, isByte: Bool,
            interval: Double? = nil
        ) {
            self.source = source
            self.name = name
            self.units = units
            self.range = range
            self.isByte = isByte
            self.interval = interval
        }
    }

    /// In the field's own units, over the training split's range, without thresholds.
    public static func physical(_ field: Field) -> ScoringRule {
        ScoringRule(
            units: field.units, factor: 1, offset: 0, low: field.range.lowerBound, high: field.range.upperBound,
            thresholds: [], thresholdUnits: field.units, thresholdScale: 1)
    }

    /// As the field's benchmark is scored in its literature.
    ///
    /// - `sevir` vil: VIL / 255, thresholds 16 to 219 on the scale of 0 to 255 (Veillette et al. 2020; Earthformer).
    /// - `kth`, `pd`, `firesys` frames of uint8: / 255; FireSys counts a pixel above the middle as burning.
    /// - `taxibj`: the training range to 0...1, as OpenSTL.
    /// - `rainnet` in mm or mm/h: as it is, thresholds 0.125, 1, 5, 10, 15 mm/h (Ayzel et al. 2020).
    /// - all others: the training range to 0...1.
    public static func benchmark(_ field: Field) -> ScoringRule {
        var rule = physical(field)
        switch (field.source, field.name) {
        case ("sevir", "vil"):
            rule.rescale(0...255, units: "VIL / 255")
            rule.setThresholds([16, 74, 133, 160, 181, 219], units: "VIL", scale: 1)
        case ("rainnet", _) where field.units == "mm" || field.units == "mm h-1":
            let perHour = field.units == "mm" ? 3600 / (field.interval ?? 300) : 1
            rule.setThresholds([0.125, 1, 5, 10, 15], units: "mm h-1", scale: perHour)
        case ("kth", _), ("pd", _), ("firesys", _):
            if field.isByte {
                rule.rescale(0...255, units: "grey / 255")
            } else {
                rule.rescale(field.range, units: "part of the training range")
            }
            if field.source == "firesys" { rule.setThresholds([0.5], units: rule.units, scale: rule.factor) }
        default: rule.rescale(field.range, units: "part of the training range")
        }
        return rule
    }

    private mutating func rescale(_ range: ClosedRange<Double>, units: String) {
        let width = range.upperBound - range.lowerBound
        factor = width > 0 ? 1 / width : 1
        offset = -range.lowerBound * factor
        (low, high, self.units) = (0, 1, units)
    }

    private mutating func setThresholds(_ thresholds: [Double], units: String, scale: Double) {
        (self.thresholds, thresholdUnits, thresholdScale) = (thresholds, units, scale)
    }
}
