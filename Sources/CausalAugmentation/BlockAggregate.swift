/// How the attention of several blocks becomes one score a token (METHOD.md 2.3).
package enum BlockAggregate: Hashable, Sendable, CustomStringConvertible {
    /// All (block, head) pairs count as heads.
    case mean
    case last
    case index(Int)
    /// The product of half the mean head and half the identity, later blocks from the left.
    case rollout

    /// `mean`, `last`, `index:k` or `rollout`.
    package init(_ text: String) throws(AugmentationError) {
        switch text {
        case "mean": self = .mean
        case "last": self = .last
        case "rollout": self = .rollout
        default:
            guard text.hasPrefix("index:"), let index = Int(text.dropFirst(6)), index >= 0 else {
                throw AugmentationError(.usage, "blocks `\(text)`: say mean, last, rollout or index:K")
            }
            self = .index(index)
        }
    }

    package var description: String {
        switch self {
        case .mean: "mean"
        case .last: "last"
        case .index(let index): "index:\(index)"
        case .rollout: "rollout"
        }
    }

    /// Received attention averaged over heads and blocks, `[maps][tokens]`; its mean is 1.
    ///
    /// - Throws: `.usage` where there is no such block or the blocks differ in shape.
    package func scores(_ blocks: [AttentionBlock]) throws(AugmentationError) -> [Double] {
        guard let first = blocks.first, let last = blocks.last else {
            throw AugmentationError(.usage, "there is no attention to take scores from")
        }
        guard blocks.allSatisfy({ $0.maps == first.maps && $0.tokens == first.tokens }) else {
            throw AugmentationError(.usage, "the blocks' attention maps differ in shape; take one block with index:K")
        }
        switch self {
        case .mean: return Self.meanOfHeads(blocks)
        case .last: return Self.meanOfHeads([last])
        case .index(let index):
            guard blocks.indices.contains(index) else {
                throw AugmentationError(
                    .usage, "index:\(index): the network has \(blocks.count) blocks, counted from 0")
            }
            return Self.meanOfHeads([blocks[index]])
        case .rollout: return Self.rollout(blocks)
        }
    }

    private static func meanOfHeads(_ blocks: [AttentionBlock]) -> [Double] {
        let (maps, tokens) = (blocks[0].maps, blocks[0].tokens)
        var scores = [Double](repeating: 0, count: maps * tokens)
        for block in blocks {
            let sums = block.columnSums()
            for map in 0..<maps {
                for head in 0..<block.heads {
                    let begin = (map * block.heads + head) * tokens
                    for token in 0..<tokens { scores[map * tokens + token] += sums[begin + token] }
                }
            }
        }
        let heads = Double(blocks.reduce(0) { $0 + $1.heads })
        return scores.map { $0 / heads }
    }

    private static func rollout(_ blocks: [AttentionBlock]) -> [Double] {
        let (maps, tokens) = (blocks[0].maps, blocks[0].tokens)
        let means = blocks.map { $0.meanHead() }
        var scores: [Double] = []
        for map in 0..<maps {
            let factors = means.map { mean in
                (0..<(tokens * tokens)).map { place in
                    0.5 * mean[map * tokens * tokens + place] + (place / tokens == place % tokens ? 0.5 : 0)
                }
            }
            // Column sums are a row of ones times the product, so the row goes through the factors from the left.
            var row = [Double](repeating: 1, count: tokens)
            for factor in factors.reversed() {
                var next = [Double](repeating: 0, count: tokens)
                for query in 0..<tokens {
                    for key in 0..<tokens { next[key] += row[query] * factor[query * tokens + key] }
                }
                row = next
            }
            scores += row
        }
        return scores
    }
}
