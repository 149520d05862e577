/// The mean of a number that every frame has, by lead time.
struct FrameMean: Hashable, Sendable {
    private var totals: [Double] = []
    private var counts: [Int] = []

    var leads: Int { totals.count }

    /// - Parameter value: NaN where the frame has nothing to score; it then does not count.
    mutating func add(_ value: Double, lead: Int) {
        totals.reach(lead, 0)
        counts.reach(lead, 0)
        guard !value.isNaN else { return }
        totals[lead] += value
        counts[lead] += 1
    }

    /// NaN where there was nothing.
    func value(over leads: Range<Int>) -> Double { totals[leads].reduce(0, +) / Double(counts[leads].reduce(0, +)) }
}
