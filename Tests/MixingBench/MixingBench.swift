import CausalAugmentation
import Foundation
import SpaceTime
import Synchronization

/// Times the mixing of copies in memory on the same files as `Benchmarks/numpy_mix.py`, and writes the values for comparison.
///
///     mixing-bench FRAMES SCORES OUT WINDOWS [THREADS [COPIES [RUNS]]]
@main
struct MixingBench {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 5, let windows = Int(arguments[4]) else {
            print("mixing-bench FRAMES SCORES OUT WINDOWS [THREADS [COPIES [RUNS]]]")
            exit(64)
        }
        let number = { (place: Int, otherwise: Int) in
            place < arguments.count ? Int(arguments[place]) ?? otherwise : otherwise
        }
        let bench = try Self(
            frames: Data(contentsOf: URL(fileURLWithPath: arguments[1])),
            scores: Data(contentsOf: URL(fileURLWithPath: arguments[2])), windows: windows,
            threads: number(5, 1), copies: number(6, 3))
        var seconds: [Double] = []
        for _ in 0..<number(7, 5) { seconds.append(try bench.run()) }
        let values = try bench.values()
        try values.write(to: URL(fileURLWithPath: arguments[3]))
        let best = seconds.min() ?? .nan
        print("{\"seconds\": \(best), \"all\": \(seconds), \"patches\": \(values.count / bench.layout.patchByteCount)}")
    }

    let frames: Data
    let windows: Int
    let crew: Crew
    let layout: PatchLayout
    let maker: EnvironmentMaker
    let scores: [[Double]]

    init(frames: Data, scores: Data, windows: Int, threads: Int, copies: Int) throws {
        self.frames = frames
        self.windows = windows
        crew = Crew(threads: threads)
        layout = try PatchLayout(Field(name: "x", element: .float32, rows: 128, columns: 128), side: 16)
        maker = try EnvironmentMaker(
            seed: 1, copies: copies, selection: GaussianSelection(frames: 10), explorer: DistriXplorer())
        let numbers = scores.withUnsafeBytes { Array($0.bindMemory(to: Double.self)) }
        self.scores = (0..<windows).map { Array(numbers[($0 * 640)..<($0 * 640 + 640)]) }
    }

    /// From scores to values; the values stay in the cache of the thread that made them.
    func run() throws -> Double {
        let total = Atomic<Int>(0)
        let clock = ContinuousClock()
        let time = try clock.measure {
            try crew.run(count: windows) { index, scratch in
                let values = try self.values(index, scratch.mixing)
                total.add(values.count, ordering: .relaxed)
            }
        }
        return Double(time.components.attoseconds) * 1e-18 + Double(time.components.seconds)
    }

    func values(_ index: Int, _ scratch: MixingScratch) throws -> [UInt8] {
        let map = try CausalMap(layout.grid, scores: scores[index])
        return try frames.withUnsafeBytes { bytes in
            let size = 10 * layout.field.frameByteCount
            let own = UnsafeRawBufferPointer(rebasing: bytes[(index * size)..<((index + 1) * size)])
            let window = FrameWindow(own, frameByteCount: layout.field.frameByteCount)
            let draws = maker.draws(map, frames: 10, sample: UInt64(index))
            return try maker.values(draws, of: Scene(layout, window, map), scratch)
        }
    }

    func values() throws -> Data {
        let scratch = MixingScratch()
        var all = Data()
        for index in 0..<windows { all.append(contentsOf: try values(index, scratch)) }
        return all
    }
}
