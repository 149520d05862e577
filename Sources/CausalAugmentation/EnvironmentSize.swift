/// How many patches of a frame are environment (METHOD.md 2.7).
package enum EnvironmentSize: Hashable, Sendable {
    case ratio(Double)
    case count(Int)

    /// m: at least one patch, and at least one is left.
    ///
    /// - Throws: `.usage` for a ratio that is negative or no number, a count below 1.
    package func patches(of all: Int) throws(AugmentationError) -> Int {
        switch self {
        case .ratio(let ratio):
            guard ratio >= 0, ratio.isFinite else {
                throw AugmentationError(.usage, "ratio \(ratio): give a share of the patches between 0 and 1")
            }
            // Beyond all patches nothing changes, and the product stays a number that an integer holds.
            return max(1, min(all - 1, Int((min(ratio, 2) * Double(all) + 0.5).rounded(.down))))
        case .count(let count):
            guard count >= 1 else {
                throw AugmentationError(.usage, "count \(count): at least one patch is environment")
            }
            return min(all - 1, count)
        }
    }

    /// The least important patches in ascending order of (score, patch).
    ///
    /// - Parameter scores: of one frame, before any normalisation, so that rounding neither makes nor breaks ties.
    package func environment(_ scores: [Double]) throws(AugmentationError) -> [Int] {
        try members(scores).sorted { (scores[$0], $0) < (scores[$1], $1) }
    }

    /// The same patches in their own order.
    func members(_ scores: [Double]) throws(AugmentationError) -> [Int] {
        let count = try patches(of: scores.count)
        guard !scores.contains(where: \.isNaN) else { throw AugmentationError(.damaged, "a score is not a number") }
        let border = Self.number(count - 1, of: scores)
        var ties = count - scores.reduce(0) { $0 + ($1 < border ? 1 : 0) }
        return scores.indices.filter { patch in
            guard scores[patch] == border else { return scores[patch] < border }
            ties -= 1
            return ties >= 0
        }
    }

    /// The number at a place of the ascending order: halves are put in order only where the place is. What goes left is counted, not
    /// decided on, as processors guess such decisions wrong.
    private static func number(_ place: Int, of numbers: [Double]) -> Double {
        var numbers = numbers
        return numbers.withUnsafeMutableBufferPointer { numbers in
            var range = 0..<numbers.count
            while range.count > 1 {
                let pivot = numbers[range.lowerBound + range.count / 2]
                let less = numbers.gather(range) { $0 < pivot }
                if place < less {
                    range = range.lowerBound..<less
                    continue
                }
                let notLarger = numbers.gather(less..<range.upperBound) { $0 <= pivot }
                guard place >= notLarger else { return pivot }
                range = notLarger..<range.upperBound
            }
            return numbers[place]
        }
    }
}

extension UnsafeMutableBufferPointer<Double> {
    /// Moves the numbers of a range that are wanted to its beginning; returns where they end.
    @inline(__always)
    fileprivate func gather(_ range: Range<Int>, _ isWanted: (Double) -> Bool) -> Int {
        var end = range.lowerBound
        for place in range {
            let number = self[place]
            self[place] = self[end]
            self[end] = number
            end += isWanted(number) ? 1 : 0
        }
        return end
    }
}
