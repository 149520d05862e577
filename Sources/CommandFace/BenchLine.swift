internal import Glibc

/// One measured line: median, range, and the ratio to a limit that was measured by turns with it.
package struct BenchLine: Encodable {
    package var name: String
    package var value: Double
    package var unit: String
    package var limit: Double
    /// The median of the turns' own ratios.
    package var ratio: Double
    package var runs: Int
    package var min: Double
    package var max: Double

    package init(name: String, unit: String, values: [Double], limits: [Double]) {
        self.name = name
        self.unit = unit
        value = values.median
        limit = limits.median
        ratio = zip(values, limits).map { $0 / $1 }.median
        runs = values.count
        min = values.min() ?? 0
        max = values.max() ?? 0
    }

    /// Seconds of a clock that only goes forward.
    package static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    package var text: String {
        "\(name)  \(Amount.number(value)) \(unit) (\(Amount.number(min)) to \(Amount.number(max)))  "
            + "limit \(Amount.number(limit))  ratio \(Amount.decimals(ratio, 2))  \(runs) runs"
    }
}

extension [Double] {
    /// The middle value; the mean of the two middle ones where there is no single one.
    package var median: Double {
        let sorted = sorted()
        guard !sorted.isEmpty else { return 0 }
        return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2
    }
}
