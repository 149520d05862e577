internal import Glibc

/// Mean and sample standard deviation of a few runs' numbers.
package struct Spread: Hashable, Sendable {
    package var mean: Double
    /// 0 for one number.
    package var deviation: Double
    package var count: Int

    package init(_ values: [Double]) {
        let count = Double(values.count)
        let mean = values.reduce(0, +) / count
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        self.mean = mean
        deviation = values.count > 1 ? (squares / (count - 1)).squareRoot() : 0
        self.count = values.count
    }
}
