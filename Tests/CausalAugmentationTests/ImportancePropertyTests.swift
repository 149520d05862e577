import BankRig
import CausalAugmentation
import Testing

/// METHOD.md 10, "Importance".
struct ImportancePropertyTests {
    /// Rows that add up to 1, of random sizes.
    private static func attention(
        _ draw: inout Numbers, maps: Int, heads: Int, tokens: Int
    ) throws -> AttentionBlock {
        var values: [Double] = []
        for _ in 0..<(maps * heads * tokens) {
            let row = (0..<tokens).map { _ in Double.random(in: 0.01...1, using: &draw) }
            let sum = row.reduce(0, +)
            values += row.map { Double(Float($0 / sum)) }
        }
        return try AttentionBlock(maps: maps, heads: heads, tokens: tokens, values: values)
    }

    private static let aggregates: [BlockAggregate] = [.mean, .last, .index(1), .rollout]

    @Test(arguments: aggregates, 1..<6 as Range<UInt64>)
    func scoresAddUpToTheNumberOfPatches(_ aggregate: BlockAggregate, seed: UInt64) throws {
        var draw = Numbers(state: seed &* 31)
        let (maps, tokens) = (Int.random(in: 1...3, using: &draw), Int.random(in: 2...20, using: &draw))
        let blocks = try (0..<3).map { _ in
            try Self.attention(&draw, maps: maps, heads: Int.random(in: 1...4, using: &draw), tokens: tokens)
        }
        let scores = try aggregate.scores(blocks)
        for map in 0..<maps {
            let sum = scores[(map * tokens)..<((map + 1) * tokens)].reduce(0, +)
            #expect(abs(sum - Double(tokens)) <= 1e-6 * Double(tokens))
        }
    }

    @Test(arguments: aggregates, 1..<6 as Range<UInt64>)
    func permutedPatchesHavePermutedScores(_ aggregate: BlockAggregate, seed: UInt64) throws {
        var draw = Numbers(state: seed &* 57)
        let tokens = Int.random(in: 2...20, using: &draw)
        let order = Array(0..<tokens).shuffled(using: &draw)
        let plain = try (0..<2).map { _ in try Self.attention(&draw, maps: 1, heads: 2, tokens: tokens) }
        let permuted = try plain.map { block in
            var values = block.values
            for place in values.indices {
                let (head, query, key) = (place / (tokens * tokens), place / tokens % tokens, place % tokens)
                values[place] = block.values[(head * tokens + order[query]) * tokens + order[key]]
            }
            return try AttentionBlock(maps: 1, heads: 2, tokens: tokens, values: values)
        }
        let (one, other) = (try aggregate.scores(plain), try aggregate.scores(permuted))
        for token in 0..<tokens { #expect(abs(one[order[token]] - other[token]) <= 1e-12) }
    }

    @Test(arguments: aggregates) func uniformAttentionGivesEachPatchOne(_ aggregate: BlockAggregate) throws {
        let block = try AttentionBlock(
            maps: 1, heads: 2, tokens: 16, values: [Double](repeating: 1 / 16, count: 2 * 16 * 16))
        #expect(try aggregate.scores([block, block]) == [Double](repeating: 1, count: 16))
    }

    @Test(arguments: 1..<20 as Range<UInt64>) func theEnvironmentIsTheSameUnderAllScales(seed: UInt64) throws {
        var draw = Numbers(state: seed &* 91)
        let grid = try PatchGrid(
            fieldRows: Int.random(in: 2...9, using: &draw), fieldColumns: Int.random(in: 2...9, using: &draw), side: 1)
        let frames = Int.random(in: 1...4, using: &draw)
        // Few values, so that there are ties.
        let scores = (0..<(frames * grid.count)).map { _ in Double(Int.random(in: 1...6, using: &draw)) / 3 }
        let size = EnvironmentSize.ratio(Double.random(in: 0...1.2, using: &draw))
        let maps = try ImportanceScale.allCases.map { try CausalMap(grid, scores: scores, size: size, scale: $0) }
        let count = try size.patches(of: grid.count)
        #expect((1..<grid.count).contains(count))
        for map in maps {
            #expect(map.isCausal == maps[0].isCausal)
            for frame in 0..<frames {
                let environment = map.environment(ofFrame: frame)
                let causal = (0..<grid.count).filter { map.isCausal[map.row(ofFrame: frame) + $0] }
                #expect(environment.count == count)
                #expect(
                    Set(environment).union(causal) == Set(0..<grid.count)
                        && environment.count + causal.count == grid.count)
                // The least important, lower numbers first.
                let begin = frame * grid.count
                let order = (0..<grid.count).sorted { (scores[begin + $0], $0) < (scores[begin + $1], $1) }
                #expect(environment == order.prefix(count).sorted())
            }
        }
    }
}
