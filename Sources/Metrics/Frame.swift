/// One frame to be scored: numbers by channel, row, column, fastest last; NaN where missing.
public struct Frame: Hashable, Sendable {
    public let channels: Int
    public let rows: Int
    public let columns: Int
    public var values: [Double]

    public init(channels: Int, rows: Int, columns: Int, values: [Double]) {
        precondition(
            channels > 0 && rows > 0 && columns > 0 && values.count == channels * rows * columns,
            "\(values.count) numbers for a frame of \(channels)x\(rows)x\(columns)")
        self.channels = channels
        self.rows = rows
        self.columns = columns
        self.values = values
    }

    /// Elements of one channel.
    public var area: Int { rows * columns }

    /// The numbers of one channel, row by row.
    func plane(_ channel: Int) -> ArraySlice<Double> { values[(channel * area)..<((channel + 1) * area)] }

    /// With every number that is there moved into a range.
    func clipped(to range: ClosedRange<Double>) -> Frame {
        var frame = self
        for index in values.indices where !values[index].isNaN {
            frame.values[index] = min(max(values[index], range.lowerBound), range.upperBound)
        }
        return frame
    }
}
