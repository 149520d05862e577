/// Draws whole groups for the splits, by a keyed hash of their names.
///
/// Groups are put in the order of `mix64(XXH3_64(name) XOR key)` and laid end to end by their frames. A group whose
/// middle lies in the first `train` hundredths of all frames is training, in the next `validation` hundredths
/// validation, else test. Where that leaves a split of positive share empty, the borders are moved by the fewest groups
/// that give it one; with fewer groups than such splits, training is served first, then test. The order of the
/// sequences has no influence, and groups without frames count as training.
struct GroupDraw {
    /// One for each sequence of the survey.
    let splits: [Split]

    /// "groupkey" in ASCII; fixed for ever, since it decides data sets.
    private static let key: UInt64 = 0x6772_6F75_706B_6579

    init(_ shares: SplitRule.Shares, _ survey: Survey) {
        var frames: [String: Int] = [:]
        for sequence in survey.sequences where sequence.frameCount > 0 {
            frames[sequence.groupName, default: 0] += sequence.frameCount
        }
        let order = frames.keys.map { (hash: Self.hash($0), name: $0) }.sorted { $0 < $1 }.map(\.name)
        let borders = Self.borders(shares, order.map { frames[$0] ?? 0 })
        var drawn: [String: Split] = [:]
        for (position, name) in order.enumerated() {
            drawn[name] = position < borders.validation ? .train : position < borders.test ? .validation : .test
        }
        splits = survey.sequences.map { drawn[$0.groupName] ?? .train }
    }

    private static func hash(_ name: String) -> UInt64 { KeyedRandom.mix64(KeyedRandom.hash(of: name) ^ key) }

    /// The positions of the first validation and the first test group.
    private static func borders(_ shares: SplitRule.Shares, _ frames: [Int]) -> (validation: Int, test: Int) {
        let total = frames.reduce(0, +)
        var (validation, test, before) = (0, 0, 0)
        for count in frames {
            // The middle of the group in halves of a frame, against hundredths of all frames.
            let middle = Double(2 * before + count) * 50
            if middle < Double(shares.train) * Double(total) { validation += 1 }
            if middle < Double(shares.train + shares.validation) * Double(total) { test += 1 }
            before += count
        }
        return widened(validation, test, shares, frames.count)
    }

    private static func widened(
        _ validation: Int, _ test: Int, _ shares: SplitRule.Shares, _ groups: Int
    ) -> (validation: Int, test: Int) {
        var left = groups
        func least(_ share: Int) -> Int {
            guard share > 0, left > 0 else { return 0 }
            left -= 1
            return 1
        }
        let (leastTrain, leastTest, leastValidation) = (
            least(shares.train), least(shares.test), least(shares.validation)
        )
        let first = min(max(validation, leastTrain), groups - leastTest - leastValidation)
        let second = min(max(test, first + leastValidation), groups - leastTest)
        return (first, second)
    }
}
