import ArrayFiles
import CausalAugmentation
import DataBank
import Exchange
import FoundationEssentials
import Glibc
import SpaceTime
import Streaming

/// Windows for `stbank bench augment`: a data set of moving waves and importance from a keyed generator, and the same windows as plain
/// files for a peer.
struct AugmentBenchData {
    let bank: Bank
    private let scratch: String
    let side: Int

    /// T, K.
    static let (input, target) = (10, 10)
    private static let framesPerSequence = 40

    /// - Parameter windows: at least so many, one frame apart.
    init(scratch: String, windows: Int, side: Int) throws {
        self.scratch = scratch
        self.side = side
        let length = AugmentBenchData.framesPerSequence
        let perSequence = length - AugmentBenchData.input - AugmentBenchData.target + 1
        let sequences = (windows + perSequence - 1) / perSequence
        let data = try StreamBenchData(
            scratch: scratch, bytes: sequences * length * side * side * 4, side: side, framesPerSequence: length)
        bank = try Bank(at: data.bank, creating: true)
        try data.makeFloats()
        try makeImportance()
    }

    private func request() -> PlanRequest {
        var request = PlanRequest()
        request.inputFrames = AugmentBenchData.input
        request.targetFrames = AugmentBenchData.target
        return request
    }

    func source() throws -> BatchSource { try BatchSource("floats", in: bank, request()) }

    private func makeImportance() throws {
        let source = try source()
        let grid = try PatchGrid(fieldRows: side, fieldColumns: side)
        let build = try ImportanceBuild(of: source, layout: .frame, grid: grid, frames: 1)
        for (sequence, row) in try source.dataset.sequences().enumerated() {
            for frame in 0..<row.frames {
                let key = KeyedRandom.mix64(UInt64(sequence) << 32 ^ UInt64(frame))
                try build.append(build.map(scores(key, grid.count)), ofSequence: sequence, frame: frame)
            }
        }
        guard let name = DatasetName("importance") else { preconditionFailure("a constant") }
        _ = try Ingestion(
            into: bank, from: build, build.request(as: name, settings: ["upstream": "none"], seed: 0),
            shell: NetCDFShell()
        ).run()
    }

    /// Numbers whose mean is about 1, as received attention has.
    private func scores(_ key: UInt64, _ count: Int) -> [Double] {
        (0..<count).map { 2 * KeyedRandom.unit(KeyedRandom.mix64(key ^ KeyedRandom.mix64(UInt64($0)))) }
    }

    /// - Parameter seed: another one makes other copies.
    func scenes(seed: UInt64 = 1) throws -> WindowScenes {
        var recipe = AugmentRecipe()
        recipe.seed = seed
        return try WindowScenes(source(), ImportanceSet("importance", in: bank), recipe)
    }

    /// Stores all copies; returns the bytes of their values.
    func augment(_ scenes: WindowScenes, as name: String, threads: Int) throws -> Int {
        let plan = try EnvironmentPlan(scenes, threads: threads)
        let build = try EnvironmentBuild(scenes, plan, threads: threads)
        guard let name = DatasetName(name) else { preconditionFailure("a constant") }
        _ = try Ingestion(into: bank, from: build, build.request(as: name), shell: NetCDFShell()).run()
        return plan.patchCount * scenes.layout.patchByteCount
    }

    /// Forgets stored copies and gives their space back.
    func forget(_ name: String) throws {
        try Cleaning(bank).remove(bank.resolve(name))
        _ = try Cleaning(bank).collect()
    }
}
