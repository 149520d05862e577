/// One measured line: median, range, and the ratio to a limit that was measured by turns with it.
struct BenchLine: Encodable {
    var name: String
    var value: Double
    var unit: String
    var limit: Double
    /// The median of the turns' own ratios.
    var ratio: Double
    var runs: Int
    var min: Double
    var max: Double

    init(name: String, unit: String, values: [Double], limits: [Double]) {
        self.name = name
        self.unit = unit
        value = values.median
        limit = limits.median
        ratio = zip(values, limits).map { $0 / $1 }.median
        runs = values.count
        min = values.min() ?? 0
        max = values.max() ?? 0
    }

    var text: String {
        "\(name)  \(Amount.number(value)) \(unit) (\(Amount.number(min)) to \(Amount.number(max)))  "
            + "limit \(Amount.number(limit))  ratio \(Amount.decimals(ratio, 2))  \(runs) runs"
    }
}
