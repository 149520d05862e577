/// The attention of one transformer block: probabilities after softmax, `[maps][heads][query][key]` (METHOD.md 2.1).
package struct AttentionBlock: Hashable, Sendable {
    /// Frames in layout `frame`, 1 in layouts `stacked` and `joint`.
    package let maps: Int
    package let heads: Int
    package let tokens: Int
    package let values: [Double]

    /// - Throws: `.damaged` where the numbers are not as many as the shape says, or one is negative or not finite.
    package init(maps: Int, heads: Int, tokens: Int, values: [Double]) throws(AugmentationError) {
        guard maps > 0, heads > 0, tokens > 0, values.count == maps * heads * tokens * tokens else {
            throw AugmentationError(
                .damaged, "attention of \(maps) maps, \(heads) heads, \(tokens) tokens has \(values.count) numbers")
        }
        guard values.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
            throw AugmentationError(.damaged, "attention holds a number that is negative or not finite")
        }
        self.maps = maps
        self.heads = heads
        self.tokens = tokens
        self.values = values
    }

    /// How much attention each token receives, `[maps][heads][tokens]`: the column sums of Eq (3), queries in ascending order.
    package func columnSums() -> [Double] {
        var sums = [Double](repeating: 0, count: maps * heads * tokens)
        values.withUnsafeBufferPointer { values in
            for map in 0..<(maps * heads) {
                for query in 0..<tokens {
                    let row = (map * tokens + query) * tokens
                    for key in 0..<tokens { sums[map * tokens + key] += values[row + key] }
                }
            }
        }
        return sums
    }

    /// The mean attention of the heads, `[maps][query][key]`.
    func meanHead() -> [Double] {
        let size = tokens * tokens
        var mean = [Double](repeating: 0, count: maps * size)
        for map in 0..<maps {
            for head in 0..<heads {
                let begin = (map * heads + head) * size
                for place in 0..<size { mean[map * size + place] += values[begin + place] }
            }
        }
        return mean.map { $0 / Double(heads) }
    }
}
