/// Fractions skill score (Roberts and Lean 2008): how well the share of events in a square neighbourhood was forecast, event
/// being "at least a threshold". 1 is perfect, 0 no skill.
///
/// 1 - Σ (Pf - Po)² / (Σ Pf² + Σ Po²), with the shares Pf and Po in the n x n pixels round every pixel (outside of the frame
/// there is no event, as in pysteps), and sums over all pixels, frames and samples. NaN where no event was forecast or came.
public struct FractionsSkill: Metric {
    private struct Sums: Hashable {
        var difference = 0.0
        var reference = 0.0
    }

    public let thresholds: [Double]
    public let scale: Double
    /// n, odd, in pixels.
    public let side: Int
    private var sums: [[Sums]] = []

    /// - Parameter scale: frames times this are in the units of the thresholds.
    public init(_ thresholds: [Double], scale: Double = 1, side: Int = 5) {
        precondition(side > 0 && side % 2 == 1, "a neighbourhood of \(side) pixels has no middle")
        self.thresholds = thresholds
        self.scale = scale
        self.side = side
    }

    public var leads: Int { sums.count }

    public mutating func add(_ prediction: Frame, _ truth: Frame, lead: Int) {
        sums.reach(lead, Array(repeating: Sums(), count: thresholds.count))
        for (index, threshold) in thresholds.enumerated() {
            for channel in 0..<truth.channels {
                let (one, other) = (prediction.plane(channel), truth.plane(channel))
                let both = zip(one, other).map { !$0.isNaN && !$1.isNaN }
                let event = { [scale] (plane: ArraySlice<Double>) in
                    zip(plane, both).map { $1 && $0 * scale >= threshold ? 1 : 0 }
                }
                let shares = (shares(event(one), truth), shares(event(other), truth))
                for (forecast, came) in zip(shares.0, shares.1) {
                    sums[lead][index].difference += (forecast - came) * (forecast - came)
                    sums[lead][index].reference += forecast * forecast + came * came
                }
            }
        }
    }

    public func scores(over leads: Range<Int>) -> [Score] {
        thresholds.indices.map { index in
            let difference = sums[leads].reduce(0) { $0 + $1[index].difference }
            let reference = sums[leads].reduce(0) { $0 + $1[index].reference }
            return Score("fss\(side)@\(thresholds[index].plainText)", 1 - difference / reference)
        }
    }

    /// The share of events round every pixel, by a table of sums over rectangles from the corner.
    private func shares(_ events: [Int], _ frame: Frame) -> [Double] {
        let (rows, columns, reach) = (frame.rows, frame.columns, side / 2)
        var table = [Int](repeating: 0, count: (rows + 1) * (columns + 1))
        for row in 0..<rows {
            for column in 0..<columns {
                let place = (row + 1) * (columns + 1) + column + 1
                table[place] =
                    events[row * columns + column] + table[place - 1] + table[place - columns - 1]
                    - table[place - columns - 2]
            }
        }
        var result = [Double](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            let (top, bottom) = (max(0, row - reach), min(rows, row + reach + 1))
            for column in 0..<columns {
                let (left, right) = (max(0, column - reach), min(columns, column + reach + 1))
                let count =
                    table[bottom * (columns + 1) + right] - table[top * (columns + 1) + right]
                    - table[bottom * (columns + 1) + left] + table[top * (columns + 1) + left]
                result[row * columns + column] = Double(count) / Double(side * side)
            }
        }
        return result
    }
}
