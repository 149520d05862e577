import CausalAugmentation
import DataBank
import Glibc
import SpaceTime
import Streaming
import Synchronization

/// The first windows of a data set in memory, made into copies there: what the processor alone can do. Also the files by which a peer
/// does the same.
///
/// `@unchecked Sendable`: after `init` the memory is only read.
final class AugmentInMemory: @unchecked Sendable {
    let windows: Int
    private let scenes: WindowScenes
    private let scores: [[Double]]
    private let bytes: UnsafeMutableRawBufferPointer

    init(_ scenes: WindowScenes, windows: Int) throws {
        self.scenes = scenes
        self.windows = min(windows, scenes.source.windowCount)
        bytes = .allocate(byteCount: self.windows * scenes.windowBytes, alignment: 2 << 20)
        // Large pages, which NumPy asks for too.
        madvise(bytes.baseAddress, bytes.count, MADV_HUGEPAGE)
        let (fill, scratch) = (FillScratch(), SceneScratch())
        var scores: [[Double]] = []
        for number in 0..<self.windows {
            let window = scenes.source.window(number)
            let room = UnsafeMutableRawBufferPointer(
                rebasing: bytes[(number * scenes.windowBytes)..<((number + 1) * scenes.windowBytes)])
            try scenes.source.copyInputs(of: window, into: room, fill)
            scores.append(try scenes.map(of: window, scratch).importance)
        }
        self.scores = scores
    }

    deinit { bytes.deallocate() }

    /// Scores to values, by all threads, the best of some runs; the values stay in the cache of the thread that made them.
    func seconds(_ crew: Crew, runs: Int) throws -> (seconds: Double, patches: Int) {
        var best = (seconds: Double.infinity, patches: 0)
        for _ in 0..<runs {
            let own = try run(crew)
            if own.seconds < best.seconds { best = own }
        }
        return best
    }

    private func run(_ crew: Crew) throws -> (seconds: Double, patches: Int) {
        let total = Atomic<Int>(0)
        let start = Limits.now
        try crew.run(count: windows) { [self] index, scratch in
            try withValues(index, scratch) { values, _ in
                total.add(values.count / scenes.layout.patchByteCount, ordering: .relaxed)
            }
        }
        return (Limits.now - start, total.load(ordering: .relaxed))
    }

    private func withValues(
        _ index: Int, _ scratch: SceneScratch, _ body: (UnsafeMutableRawBufferPointer, [CopyDraw]) throws -> Void
    ) throws {
        let map = try CausalMap(scenes.layout.grid, scores: scores[index])
        let own = UnsafeRawBufferPointer(
            rebasing: bytes[(index * scenes.windowBytes)..<((index + 1) * scenes.windowBytes)])
        let window = FrameWindow(own, frameByteCount: scenes.layout.field.frameByteCount)
        let draws = scenes.maker.draws(map, frames: scenes.frames, sample: UInt64(index))
        let count = draws.reduce(0) { $0 + $1.patches.count } * scenes.layout.patchByteCount
        let room = scratch.values.room(count)
        try scenes.maker.explorer.fill(draws, of: Scene(scenes.layout, window, map), into: room, scratch.mixing)
        try body(room, draws)
    }

    /// Writes FRAMES (float32) and SCORES (float64) for a peer.
    func write(frames: String, scores path: String) throws {
        try AugmentInMemory.write(UnsafeRawBufferPointer(bytes), to: frames)
        try scores.flatMap { $0 }.withUnsafeBytes { try AugmentInMemory.write($0, to: path) }
    }

    private static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
        guard let file = fopen(path, "w") else { throw Disk.failure("write", path) }
        defer { fclose(file) }
        guard fwrite(bytes.baseAddress, 1, bytes.count, file) == bytes.count else { throw Disk.failure("write", path) }
    }

    /// The largest difference from a peer's values, as a share of the larger of 1 and the value.
    func difference(from path: String) throws -> Double {
        let peer = try MappedFile(path)
        let scratch = SceneScratch()
        var (place, worst) = (0, 0.0)
        for index in 0..<windows {
            try withValues(index, scratch) { values, _ in
                guard place + values.count <= peer.bytes.count else {
                    throw BankError(.damaged, "the peer made fewer patches", path: path)
                }
                let other = UnsafeRawBufferPointer(rebasing: peer.bytes[place..<(place + values.count)])
                for (own, theirs) in zip(values.bindMemory(to: Float.self), other.bindMemory(to: Float.self)) {
                    worst = max(worst, abs(Double(own) - Double(theirs)) / max(1, abs(Double(own))))
                }
                place += values.count
            }
        }
        guard place == peer.bytes.count else { throw BankError(.damaged, "the peer made more patches", path: path) }
        return worst
    }
}
