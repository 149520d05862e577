import CausalAugmentation
import DataBank
import SpaceTime
import Streaming
import Testing

struct StoredCopiesTests {
    @Test(arguments: 1..<13 as Range<UInt64>) func storedCopiesAreThoseMadeOnTheFly(seed: UInt64) throws {
        let rig = try CopyRig(seed: seed, archive: seed % 3 == 0)
        try rig.augment(pieceBytes: 2000, shardBytes: 5000)
        for mode in CopyMode.allCases {
            var plan = rig.plan
            plan.batchSize = 3
            plan.copies = mode
            plan.environments = .text("copies")
            let stored = try CopyStream.open("root", in: rig.bank, plan)
            plan.environments = rig.flying(frames: stored.plan.inputFrames)
            let flying = try CopyStream.open("root", in: rig.bank, plan)
            #expect(stored.inputShape == flying.inputShape && stored.stepsPerEpoch == flying.stepsPerEpoch)
            for step in 0..<stored.stepsPerEpoch {
                let batches = try [stored, flying].map {
                    try BatchBits($0, epoch: 1, step: step, threads: step % 2 + 1)
                }
                #expect(batches[0] == batches[1])
            }
        }
    }

    @Test(arguments: 1..<9 as Range<UInt64>) func causalPatchesAndTargetsAreTheParentsToTheLastBit(seed: UInt64) throws
    {
        let rig = try CopyRig(seed: seed)
        try rig.augment()
        var plan = rig.plan
        plan.order = .stored
        let plain = try BatchSource("root", in: rig.bank, plan)
        plan.environments = .text("copies")
        let copied = try CopyStream.open("root", in: rig.bank, plan)
        let environments = try EnvironmentSet("copies", in: rig.bank)
        let (grid, versions) = (environments.scenes.layout.grid, 1 + environments.copies)
        let own = plain.inputShape.reduce(1, *)
        var changed = 0
        for step in 0..<plain.stepsPerEpoch {
            let left = try BatchBits(plain, epoch: 0, step: step)
            let right = try BatchBits(copied, epoch: 0, step: step)
            #expect(left.targets == right.targets)
            for slot in left.windows.indices {
                let window = plain.window(Int(left.windows[slot]))
                for version in 0..<versions {
                    let replaced = try Replaced(environments, window, copy: version)
                    for place in 0..<own {
                        let same =
                            left.inputs[slot * own + place] == right.inputs[(slot * versions + version) * own + place]
                        if !replaced.contains(place, plain.inputShape, grid) {
                            #expect(same)
                        } else if !same {
                            changed += 1
                        }
                    }
                }
            }
        }
        #expect(changed > 0)
    }

    @Test func aPlanOfOtherWindowsIsRefusedNamingTheNearest() throws {
        let rig = try CopyRig(seed: 3)
        try rig.augment()
        var plan = rig.plan
        plan.inputFrames = (rig.plan.inputFrames ?? 0) + 1
        plan.environments = .text("copies")
        let error = #expect(throws: BankError.self) { try CopyStream.open("root", in: rig.bank, plan) }
        #expect(error?.code == .usage && error?.message.contains("--input \(rig.plan.inputFrames ?? 0)") == true)
    }

    @Test func anEarlierWindowStartServesEveryMultipleOfTheStride() throws {
        let rig = try CopyRig(seed: 5)
        try rig.augment()
        var plan = rig.plan
        plan.stride = 2 * (rig.plan.stride ?? 1)
        plan.targetFrames = (rig.plan.targetFrames ?? 0) + 1
        plan.environments = .text("copies")
        let stored = try CopyStream.open("root", in: rig.bank, plan)
        plan.environments = rig.flying(frames: stored.plan.inputFrames)
        let flying = try CopyStream.open("root", in: rig.bank, plan)
        for step in 0..<stored.stepsPerEpoch {
            #expect(try BatchBits(stored, epoch: 0, step: step) == BatchBits(flying, epoch: 0, step: step))
        }
    }
}

/// A batch's numbers as bits.
struct BatchBits: Equatable {
    var inputs: [UInt32]
    var targets: [UInt32]
    var valid: [Bool]
    var windows: [Int]
    var copies: [Int]

    init(_ source: BatchSource, epoch: Int, step: Int, threads: Int = 1) throws {
        let from = try StreamState(
            .object([
                "dataset": .text(source.digest.description), "plan": .text(source.planDigest),
                "windows": .integer(Int64(source.windowCount)), "epoch": .integer(Int64(epoch)),
                "step": .integer(Int64(step)),
            ]))
        let stream = try BatchStream(source, from: from, epochs: epoch + 1, threads: threads)
        let batch = try #require(try stream.next())
        inputs = batch.withInputs { $0.map(\.bitPattern) }
        targets = batch.withTargets { $0.map(\.bitPattern) }
        valid = batch.valid
        windows = batch.windows
        copies = batch.copies
    }
}

/// Which patches a copy replaces, by what is stored.
private struct Replaced {
    private var places: Set<Int> = []
    private let count: Int

    init(_ set: EnvironmentSet, _ window: WindowPlace, copy: Int) throws {
        count = set.scenes.layout.grid.count
        guard copy > 0 else { return }
        for patch in try set.copy(copy, of: window, RawRoom()).draw.patches {
            places.insert(Int(patch.frame) * count + Int(patch.patch))
        }
    }

    /// - Parameter shape: T, C, H, W.
    func contains(_ place: Int, _ shape: [Int], _ grid: PatchGrid) -> Bool {
        let (column, row) = (place % shape[3], place / shape[3] % shape[2])
        let frame = place / (shape[1] * shape[2] * shape[3])
        return places.contains(frame * count + row / grid.side * grid.columns + column / grid.side)
    }
}
