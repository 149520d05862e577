internal import SpaceTime

/// DistriXplorer, mode `paper`: an environment patch becomes a mix of its causal neighbours over space and time (METHOD.md 3).
package struct DistriXplorer: Explorer, Hashable {
    package enum Spatial: String, Hashable, Sendable, CaseIterable {
        /// A neighbour counts by its share of the included neighbours' importance.
        case importance
        case uniform
    }

    package let spatial: Spatial
    package let time: TemporalWeights
    /// The mix's share of the new value; the rest is the patch's own.
    package let eta: Double

    /// - Throws: `.usage` where eta is not in 0…1.
    package init(
        spatial: Spatial = .importance, time: TemporalWeights? = nil, eta: Double = 1
    ) throws(AugmentationError) {
        guard (0...1).contains(eta) else {
            throw AugmentationError(.usage, "eta \(eta): give a share between 0 and 1")
        }
        self.spatial = spatial
        if let time { self.time = time } else { self.time = try TemporalWeights(.geometric(kappa: 0.5)) }
        self.eta = eta
    }

    package func choose(_ map: CausalMap, for draw: inout CopyDraw) {
        let probabilities = draw.key.draws(.inclusionProbability)
        let coins = draw.key.draws(.inclusionCoin)
        let fallbacks = draw.key.draws(.emptySetFallback)
        let grid = map.grid
        for index in draw.patches.indices {
            let (frame, patch) = (Int(draw.patches[index].frame), Int(draw.patches[index].patch))
            let candidates = map.candidates[map.row(ofFrame: frame) + patch]
            let probability = probabilities.adding(frame).adding(patch).adding(0).uniform
            let ofPatch = coins.adding(frame).adding(patch)
            draw.patches[index].neighbours = Self.included(
                candidates, probability: probability,
                coin: { ofPatch.adding(grid.patch($0, around: patch)).uniform },
                fallback: { fallbacks.adding(frame).adding(patch).adding(0).uniform })
        }
    }

    /// The candidates whose coin is below the probability; where there is none, one of all of them (METHOD.md 3.2 step 3).
    @inline(__always)
    package static func included(
        _ candidates: Neighbours, probability: Double, coin: (Int) -> Double, fallback: () -> Double
    ) -> Neighbours {
        var included = Neighbours()
        for place in candidates { included.rawValue |= (coin(place) < probability ? 1 : 0) << UInt8(place) }
        if included.isEmpty {
            let index = Int(fallback() * Double(candidates.count))
            included.insert(candidates.place(min(index, candidates.count - 1)))
        }
        return included
    }

    package func identity(_ draw: CopyDraw) -> [UInt64] { draw.patches.map { UInt64($0.neighbours.rawValue) } }

    /// lambda: what each included neighbour counts, ascending (METHOD.md 3.2 step 4).
    func shares(_ draw: PatchDraw, _ map: CausalMap) -> [Double] {
        let row = map.row(ofFrame: Int(draw.frame))
        let importance = map.grid.patches(draw.neighbours, around: Int(draw.patch)).map { map.importance[row + $0] }
        return importance.indices.map {
            share(of: importance[$0], sum: importance.reduce(0, +), count: importance.count)
        }
    }

    @inline(__always)
    func share(of importance: Double, sum: Double, count: Int) -> Double {
        spatial == .importance && sum > 0 ? importance / sum : 1 / Double(count)
    }

    package func explain(_ draw: PatchDraw, key: CopyKey, of scene: Scene, in lineage: inout PatchLineage) {
        let (frame, patch) = (Int(draw.frame), Int(draw.patch))
        let (map, grid) = (scene.map, scene.map.grid)
        let row = map.row(ofFrame: frame)
        let candidates = map.candidates[row + patch]
        let included = grid.patches(draw.neighbours, around: patch)
        let shares = shares(draw, map)
        let coins = key.draws(.inclusionCoin).adding(frame).adding(patch)
        lineage.probability = key.draws(.inclusionProbability).adding(frame).adding(patch).adding(0).uniform
        lineage.neighbours = grid.patches(candidates, around: patch).map { neighbour in
            PatchLineage.Neighbour(
                patch: neighbour, isCausal: map.isCausal[row + neighbour], importance: map.importance[row + neighbour],
                coin: coins.adding(neighbour).uniform,
                share: included.firstIndex(of: neighbour).map { shares[$0] })
        }
        if lineage.neighbours.allSatisfy({ $0.coin >= lineage.probability ?? 0 }) {
            lineage.fallback = key.draws(.emptySetFallback).adding(frame).adding(patch).adding(0).uniform
        }
        lineage.times = zip(time.first(frame)...frame, time.weights(frame)).map {
            PatchLineage.Time(frame: $0, weight: $1)
        }
        lineage.ownShare = 1 - eta
    }
}
