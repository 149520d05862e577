import BankRig
import CausalAugmentation
import SpaceTime
import Testing

/// METHOD.md 10, "DistriXplorer".
struct MixingPropertyTests {
    @Test(arguments: ElementType.allCases, 1..<9 as Range<UInt64>)
    func everyNewValueIsTheWeightedMeanOfItsSources(_ element: ElementType, seed: UInt64) throws {
        let rig = try SceneRig(seed: seed, element: element, hasMissing: seed % 2 == 0)
        let recipe = Self.recipe(seed)
        for copy in try rig.copies(recipe) {
            for (patch, values) in zip(copy.draw.patches, rig.values(copy)) {
                let own = rig.patch(Int(patch.patch), ofFrame: Int(patch.frame))
                for place in values.indices {
                    let wanted = Oracle(rig, recipe, patch).value(at: place, own: own[place])
                    #expect(Self.agrees(values[place], wanted, element), "\(values[place]) for \(wanted)")
                }
            }
        }
    }

    private static func recipe(_ seed: UInt64) -> AugmentRecipe {
        var draw = Numbers(state: seed &* 77)
        var recipe = AugmentRecipe()
        recipe.seed = seed
        recipe.kappa = [0, 0.3, 0.5, 1].randomElement(using: &draw) ?? 0.5
        recipe.eta = [0.25, 1, 1].randomElement(using: &draw) ?? 1
        recipe.spatial = DistriXplorer.Spatial.allCases.randomElement(using: &draw) ?? .importance
        recipe.temporal = AugmentRecipe.Temporal.allCases.randomElement(using: &draw) ?? .geometric
        recipe.tau = 1.7
        recipe.history = [nil, 0, 2].randomElement(using: &draw) ?? nil
        recipe.normaliseTime = Int.random(in: 0..<4, using: &draw) > 0
        recipe.sigma = 3
        return recipe
    }

    private static func agrees(_ value: Double, _ wanted: Double, _ element: ElementType) -> Bool {
        if value.isNaN || wanted.isNaN { return value.isNaN && wanted.isNaN }
        // A sum in another order may fall on the other side of a half.
        if element.isWhole { return abs(value - wanted) <= 0.5 + 1e-9 }
        return abs(value - wanted) <= (element == .float32 ? 1e-6 : 1e-13) * max(1, abs(wanted))
    }

    @Test(arguments: ElementType.allCases, 1..<5 as Range<UInt64>)
    func nothingOutsideTheReplacedPatchesChanges(_ element: ElementType, seed: UInt64) throws {
        let rig = try SceneRig(seed: seed, element: element, hasMissing: seed % 2 == 0)
        let (field, grid) = (rig.layout.field, rig.layout.grid)
        for copy in try rig.copies(AugmentRecipe()) {
            let places = Set(copy.draw.patches.map { Int($0.frame) * grid.count + Int($0.patch) })
            let pasted = rig.pasted(copy)
            for place in 0..<(rig.frames * field.elementsPerFrame) {
                let (column, row) = (place % field.columns, place / field.columns % field.rows)
                let patch = row / grid.side * grid.columns + column / grid.side
                guard !places.contains(place / field.elementsPerFrame * grid.count + patch) else { continue }
                let bytes = (place * field.element.byteCount)..<((place + 1) * field.element.byteCount)
                #expect(pasted[bytes] == rig.original[bytes])
            }
            #expect(
                copy.draw.patches.allSatisfy { patch in
                    !rig.map.isCausal[rig.map.row(ofFrame: Int(patch.frame)) + Int(patch.patch)]
                })
        }
    }

    @Test(arguments: ElementType.allCases, 1..<5 as Range<UInt64>)
    func aConstantFieldStaysConstantUpToTheTypesLimits(_ element: ElementType, seed: UInt64) throws {
        for constant in [element.range.upperBound, element.range.lowerBound, 7] {
            let rig = try SceneRig(seed: seed, element: element) { _ in constant }
            for temporal in AugmentRecipe.Temporal.allCases {
                var recipe = AugmentRecipe()
                recipe.temporal = temporal
                recipe.tau = 2
                for copy in try rig.copies(recipe) { #expect(rig.pasted(copy) == rig.original) }
            }
        }
    }

    @Test(arguments: ElementType.allCases, 1..<7 as Range<UInt64>)
    func noNewValueLeavesTheRangeOfItsSources(_ element: ElementType, seed: UInt64) throws {
        let rig = try SceneRig(seed: seed, element: element)
        var recipe = AugmentRecipe()
        recipe.sigma = 4
        for copy in try rig.copies(recipe) {
            for (patch, values) in zip(copy.draw.patches, rig.values(copy)) {
                let sources = rig.layout.grid.patches(patch.neighbours, around: Int(patch.patch)).flatMap { neighbour in
                    (0...Int(patch.frame)).map { rig.patch(neighbour, ofFrame: $0) }
                }
                for place in values.indices {
                    let own = sources.map { $0[place] }
                    #expect(try values[place] >= #require(own.min()) && values[place] <= #require(own.max()))
                }
            }
        }
    }

    @Test(arguments: 1..<7 as Range<UInt64>) func mixingCommutesWithScaleAndOffset(seed: UInt64) throws {
        let plain = try SceneRig(seed: seed, element: .float64)
        let other = try SceneRig(seed: seed, element: .float64) { -2.5 * plain.numbers[$0] + 11 }
        let recipe = AugmentRecipe()
        for (one, two) in zip(try plain.copies(recipe), try other.copies(recipe)) {
            #expect(one.draw == two.draw)
            for (left, right) in zip(plain.values(one).joined(), other.values(two).joined()) {
                #expect(abs(-2.5 * left + 11 - right) < 1e-12)
            }
        }
    }

    @Test(arguments: ElementType.allCases, [false, true])
    func etaZeroIsTheIdentity(_ element: ElementType, hasMissing: Bool) throws {
        let rig = try SceneRig(seed: 5, element: element, hasMissing: hasMissing)
        var recipe = AugmentRecipe()
        recipe.eta = 0
        for copy in try rig.copies(recipe) { #expect(rig.pasted(copy) == rig.original) }
    }

    @Test(arguments: ElementType.allCases, 1..<5 as Range<UInt64>)
    func theLimitsOfTimeAreEachOther(_ element: ElementType, seed: UInt64) throws {
        let rig = try SceneRig(seed: seed, element: element, frames: 5, hasMissing: seed % 2 == 0)
        func values(_ change: (inout AugmentRecipe) -> Void) throws -> [Double] {
            var recipe = AugmentRecipe()
            recipe.sigma = 3
            change(&recipe)
            return try rig.copies(recipe).flatMap { rig.values($0).joined() }
        }
        let current = try values { $0.temporal = .none }
        let others = try [
            values { $0.kappa = 0 }, values { $0.history = 0 },
            values {
                $0.temporal = .gaussian
                $0.tau = 1e-3
            },
        ]
        // Where a source of weight 0 is missing the weights are scaled anew, by 1: a digit at the end may differ.
        let tolerance = seed % 2 == 0 ? 1e-15 : 0
        for other in others {
            let isSame = zip(current, other).allSatisfy {
                $0.isNaN ? $1.isNaN : abs($0 - $1) <= tolerance * abs($0)
            }
            #expect(isSame && current.count == other.count)
        }
        var whole = AugmentRecipe()
        whole.sigma = 3
        whole.kappa = 1
        for copy in try rig.copies(whole) where seed % 2 == 1 {
            for (patch, values) in zip(copy.draw.patches, rig.values(copy)) where patch.neighbours.count == 1 {
                let neighbour = rig.layout.grid.patches(patch.neighbours, around: Int(patch.patch))[0]
                let history = (0...Int(patch.frame)).map { rig.patch(neighbour, ofFrame: $0) }
                for place in values.indices {
                    let mean = history.reduce(0) { $0 + $1[place] } / Double(history.count)
                    #expect(Self.agrees(values[place], mean, element))
                }
            }
        }
    }

    @Test(arguments: ElementType.allCases) func theFirstFrameHasNoPast(_ element: ElementType) throws {
        let rig = try SceneRig(seed: 8, element: element, frames: 1)
        var recipe = AugmentRecipe()
        let mixed = try rig.copies(recipe).map(\.values)
        recipe.temporal = .none
        #expect(try rig.copies(recipe).map(\.values) == mixed)
    }

    @Test(arguments: ElementType.allCases, 1..<4 as Range<UInt64>)
    func oneNeighbourOfTheCurrentFrameIsTakenAsItIs(_ element: ElementType, seed: UInt64) throws {
        let rig = try SceneRig(seed: seed, element: element)
        var recipe = AugmentRecipe()
        recipe.temporal = .none
        recipe.copies = 20
        var met = 0
        for copy in try rig.copies(recipe) {
            for (patch, values) in zip(copy.draw.patches, rig.values(copy)) where patch.neighbours.count == 1 {
                let neighbour = rig.layout.grid.patches(patch.neighbours, around: Int(patch.patch))[0]
                #expect(values == rig.patch(neighbour, ofFrame: Int(patch.frame)))
                met += 1
            }
        }
        #expect(met > 0)
    }

    @Test(arguments: ElementType.allCases, 1..<5 as Range<UInt64>)
    func theOrderInWhichPatchesAreMadeChangesNothing(_ element: ElementType, seed: UInt64) throws {
        let rig = try SceneRig(seed: seed, element: element, hasMissing: seed % 2 == 0)
        var recipe = AugmentRecipe()
        recipe.sigma = 3
        let maker = try recipe.maker(frames: rig.frames)
        let copies = try rig.copies(recipe)
        try rig.withScene { scene in
            let scratch = MixingScratch()
            for copy in copies.reversed() {
                let size = rig.layout.patchByteCount
                for (index, patch) in copy.draw.patches.enumerated().reversed() {
                    let alone = try maker.values([CopyDraw(key: copy.draw.key, patches: [patch])], of: scene, scratch)
                    let begin = copy.values.startIndex + index * size
                    #expect(alone[...] == copy.values[begin..<(begin + size)])
                }
            }
        }
    }
}

/// METHOD.md 3.2 and 3.6, pixel by pixel.
private struct Oracle {
    private let sources: [(weight: Double, values: [Double])]
    private let eta: Double

    init(_ rig: SceneRig, _ recipe: AugmentRecipe, _ patch: PatchDraw) {
        let frame = Int(patch.frame)
        let neighbours = rig.layout.grid.patches(patch.neighbours, around: Int(patch.patch))
        let importance = neighbours.map { rig.map.importance[rig.map.row(ofFrame: frame) + $0] }
        let total = importance.reduce(0, +)
        let first = recipe.temporal == .none ? frame : recipe.history.map { max(0, frame - $0) } ?? 0
        var times = (first...frame).map { past in
            let age = Double(frame - past)
            switch recipe.temporal {
            case .none: return 1.0
            case .gaussian: return Self.power(2.718281828459045, -age * age / (2 * 1.7 * 1.7))
            case .geometric:
                // Normalised, a factor drops out; and with kappa 0 only the current frame is left.
                let own = recipe.normaliseTime ? 1 : recipe.kappa
                return (0..<(frame - past)).reduce(own) { product, _ in product * recipe.kappa }
            }
        }
        if recipe.normaliseTime {
            let sum = times.reduce(0, +)
            times = times.map { $0 / sum }
        }
        eta = recipe.eta
        sources = zip(neighbours, importance).flatMap { neighbour, own in
            let share = recipe.spatial == .importance && total > 0 ? own / total : 1 / Double(neighbours.count)
            return zip(first...frame, times).map { (share * $1, rig.patch(neighbour, ofFrame: $0)) }
        }
    }

    private static func power(_ base: Double, _ exponent: Double) -> Double {
        // The series converges fast for the small exponents here.
        let x = exponent / 16
        var (term, sum) = (1.0, 1.0)
        for index in 1..<30 {
            term *= x / Double(index)
            sum += term
        }
        return (0..<4).reduce(sum) { value, _ in value * value }
    }

    func value(at place: Int, own: Double) -> Double {
        guard !own.isNaN else { return own }
        let all = sources.reduce(0) { $0 + $1.weight }
        let there = sources.filter { !$0.values[place].isNaN }
        let left = there.reduce(0) { $0 + $1.weight }
        guard left > 0 || all == left else { return own }
        let mean = there.reduce(0) { $0 + $1.weight * $1.values[place] }
        return (1 - eta) * own + eta * (all == left ? mean : mean / left * all)
    }
}
