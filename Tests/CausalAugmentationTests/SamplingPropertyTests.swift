import CausalAugmentation
import SpaceTime
import Testing

/// METHOD.md 10, "Sampling": all frequencies within 4 standard errors, all seeds fixed.
struct SamplingPropertyTests {
    private static let frames = 6

    /// A map of random importance, a third of whose patches are environment.
    private static func map(_ side: Int = 6) throws -> CausalMap {
        let grid = try PatchGrid(fieldRows: side, fieldColumns: side, side: 1)
        let random = KeyedRandom(seed: 99)
        let scores = (0..<(frames * grid.count)).map { KeyedRandom.unit(random.bits(UInt64($0))) }
        return try CausalMap(grid, scores: scores, size: .ratio(1.0 / 3))
    }

    private static func maker(_ change: (inout AugmentRecipe) -> Void = { _ in }) throws -> EnvironmentMaker {
        var recipe = AugmentRecipe()
        change(&recipe)
        return try recipe.maker(frames: frames)
    }

    @Test(arguments: [0.5, 1.5, 4], GaussianSelection.Rate.plain)
    func frequenciesAreTheRates(sigma: Double, _ rate: GaussianSelection.Rate) throws {
        let map = try Self.map()
        let selection = try GaussianSelection(sigma: sigma, frames: Self.frames, rate: rate)
        let maker = try Self.maker {
            $0.sigma = sigma
            $0.rate = rate
        }
        let draws = (0..<400).flatMap { maker.draws(map, frames: Self.frames, sample: UInt64($0)) }
        let sizes = (0..<Self.frames).map { map.environment(ofFrame: $0).count }
        for frame in 0..<Self.frames {
            let count = draws.reduce(0) { $0 + $1.patches.count { Int($0.frame) == frame } }
            let (trials, wanted) = (Double(draws.count * sizes[frame]), selection.rates[frame])
            let error = (wanted * (1 - wanted) / trials).squareRoot()
            #expect(abs(Double(count) / trials - wanted) <= 4 * error)
        }
        let expected = try #require(selection.expectedCount(environments: sizes))
        #expect(expected == zip(selection.rates, sizes).reduce(0) { $0 + $1.0 * Double($1.1) })
    }

    @Test func theLastFrameIsAlwaysReplacedWhole() throws {
        let map = try Self.map()
        for sigma in [1e-3, 1, 100] {
            let maker = try Self.maker { $0.sigma = sigma }
            for draw in maker.draws(map, frames: Self.frames, sample: 5) {
                let last = draw.patches.filter { Int($0.frame) == Self.frames - 1 }.map { Int($0.patch) }
                #expect(last == map.environment(ofFrame: Self.frames - 1))
            }
        }
    }

    @Test func aLargerSigmaNeverLowersARate() throws {
        var before = [Double](repeating: 0, count: 12)
        for sigma in stride(from: 0.1, to: 20, by: 0.37) {
            let rates = try GaussianSelection(sigma: sigma, frames: 12).rates
            #expect(zip(before, rates).allSatisfy { $0 <= $1 })
            before = rates
        }
    }

    @Test func whatIsDrawnForPatchesFramesAndCopiesIsUncorrelated() throws {
        let map = try Self.map()
        let maker = try Self.maker { $0.sigma = 4 }
        let (one, other) = (map.environment(ofFrame: 2), map.environment(ofFrame: 3))
        let shared = try #require(one.first { other.contains($0) })
        // Two patches of a frame, one patch of two frames, one patch of two copies.
        var pairs = [[(Bool, Bool)]](repeating: [], count: 3)
        for sample in 0..<3000 {
            let copies = maker.draws(map, frames: Self.frames, sample: UInt64(sample))
            func isSelected(_ copy: Int, _ frame: Int, _ patch: Int) -> Bool {
                copies[copy].patches.contains { Int($0.frame) == frame && Int($0.patch) == patch }
            }
            pairs[0].append((isSelected(0, 2, one[0]), isSelected(0, 2, one[1])))
            pairs[1].append((isSelected(0, 2, shared), isSelected(0, 3, shared)))
            pairs[2].append((isSelected(0, 2, shared), isSelected(1, 2, shared)))
        }
        for pair in pairs { #expect(abs(correlation(pair)) <= 4 / Double(pair.count).squareRoot()) }
    }

    private func correlation(_ pairs: [(Bool, Bool)]) -> Double {
        let count = Double(pairs.count)
        let first = Double(pairs.count { $0.0 }) / count
        let second = Double(pairs.count { $0.1 }) / count
        let both = Double(pairs.count { $0.0 && $0.1 }) / count
        return (both - first * second) / (first * (1 - first) * second * (1 - second)).squareRoot()
    }

    @Test(arguments: [3, 5, 8]) func anyNumberOfCandidatesIsEquallyLikely(candidates: Int) throws {
        // One environment patch in a corner, at an edge, inside: all its neighbours are causal.
        let patch = [3: 0, 5: 2, 8: 12][candidates] ?? 0
        let grid = try PatchGrid(fieldRows: 5, fieldColumns: 5, side: 1)
        let scores = (0..<grid.count).map { $0 == patch ? 0.5 : 1 + Double($0) / 100 }
        let map = try CausalMap(grid, scores: scores, size: .count(1))
        let maker = try Self.maker { $0.copies = 30_000 }
        let last = maker.draws(map, frames: Self.frames, sample: 3).compactMap(\.patches.last)
        var sizes = [Int](repeating: 0, count: 9)
        var often = [Int: Int]()
        for draw in last {
            sizes[draw.neighbours.count] += 1
            for neighbour in grid.patches(draw.neighbours, around: patch) { often[neighbour, default: 0] += 1 }
        }
        let count = Double(last.count)
        func agrees(_ found: Int, _ wanted: Double) -> Bool {
            abs(Double(found) / count - wanted) <= 4 * (wanted * (1 - wanted) / count).squareRoot()
        }
        let k = Double(candidates)
        #expect(sizes[0] == 0 && agrees(sizes[1], 2 / (k + 1)))
        for size in 2...candidates { #expect(agrees(sizes[size], 1 / (k + 1))) }
        // The mean number that takes part, shared equally.
        let share = (1 / (k + 1) + k / 2) / k
        #expect(often.count == candidates)
        for found in often.values { #expect(agrees(found, share)) }
    }

    @Test func aCopyFollowsFromSeedSampleAndNumberAlone() throws {
        let map = try Self.map()
        func draws(_ seed: UInt64, _ sample: UInt64, _ copies: Int) throws -> [CopyDraw] {
            let maker = try Self.maker {
                $0.seed = seed
                $0.copies = copies
            }
            return maker.draws(map, frames: Self.frames, sample: sample)
        }
        let first = try draws(1, 2, 3)
        #expect(try draws(1, 2, 3) == first)
        #expect(try Array(draws(1, 2, 7).prefix(3)) == first)
        let others = try [draws(2, 2, 3), draws(1, 3, 3)].joined() + first
        #expect(Set(others.map(\.patches)).count == others.count)
    }

    @Test func unitFrameReplacesAFrameWholeOrNotAtAll() throws {
        let map = try Self.map()
        let maker = try Self.maker {
            $0.unit = .frame
            $0.copies = 50
        }
        var met = Set<Int>()
        for draw in maker.draws(map, frames: Self.frames, sample: 1) {
            for frame in 0..<Self.frames {
                let own = draw.patches.filter { Int($0.frame) == frame }.map { Int($0.patch) }
                #expect(own.isEmpty || own == map.environment(ofFrame: frame))
                if !own.isEmpty { met.insert(frame) }
            }
        }
        #expect(met.count > 1)
    }

    @Test(arguments: 1...6) func rateWeightDrawsSoManyFramesInProportion(frames count: Int) throws {
        let map = try Self.map()
        let maker = try Self.maker {
            $0.unit = .frame
            $0.rate = .weight(frames: count)
            $0.sigma = 2
            $0.copies = 4000
        }
        let draws = maker.draws(map, frames: Self.frames, sample: 1)
        #expect(draws.allSatisfy { Set($0.patches.map(\.frame)).count == count })
        guard count == 1 else { return }
        let weights = try TemporalRate(sigma: 2, frames: Self.frames).weight(frames: Self.frames)
        for frame in 0..<Self.frames {
            let found = Double(draws.count { $0.patches.contains { Int($0.frame) == frame } }) / Double(draws.count)
            let wanted = weights[frame]
            #expect(abs(found - wanted) <= 4 * (wanted * (1 - wanted) / Double(draws.count)).squareRoot())
        }
    }

    @Test func dedupeLeavesNoTwoCopiesAlike() throws {
        // Few patches and a small sigma, so that many copies come out alike.
        let map = try Self.map(2)
        func alike(_ dedupe: Bool) throws -> Int {
            let maker = try Self.maker {
                $0.copies = 6
                $0.sigma = 0.8
                $0.dedupe = dedupe
            }
            return (0..<50).reduce(0) { sum, sample in
                let draws = maker.draws(map, frames: Self.frames, sample: UInt64(sample))
                let settled = draws.filter { $0.key.attempt < 10 }
                return sum + settled.count - Set(settled.map(\.patches)).count
            }
        }
        #expect(try alike(false) > 0)
        #expect(try alike(true) == 0)
    }
}

extension GaussianSelection.Rate {
    fileprivate static var plain: [Self] { [.peak, .density] }
}
