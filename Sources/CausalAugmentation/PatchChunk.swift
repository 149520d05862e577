internal import DataBank
internal import SpaceTime
internal import Streaming
internal import Synchronization

/// The patches of some neighbouring windows: drawn first, then made by all threads into one block of memory.
final class PatchChunk: Sendable {
    private struct Drawn {
        var map: CausalMap
        var draws: [CopyDraw]
    }

    private let windows: Range<Int>
    private let scenes: WindowScenes
    private let drawn: Mutex<[Drawn?]>

    /// Bytes of original frames a chunk reads at most, a window at least.
    private static let byteCount = 32 << 20

    static func cut(_ windows: Range<Int>, _ scenes: WindowScenes) -> [Range<Int>] {
        let step = max(1, byteCount / scenes.windowBytes)
        return stride(from: windows.lowerBound, to: windows.upperBound, by: step).map {
            $0..<min($0 + step, windows.upperBound)
        }
    }

    /// Draws all copies of all windows.
    init(_ windows: Range<Int>, _ scenes: WindowScenes, _ crew: Crew) throws {
        self.windows = windows
        self.scenes = scenes
        drawn = Mutex([Drawn?](repeating: nil, count: windows.count))
        try crew.run(count: windows.count) { [self] index, scratch in
            let window = scenes.source.window(windows.lowerBound + index)
            let map = try scenes.map(of: window, scratch)
            let draws = scenes.maker.draws(map, frames: scenes.frames, sample: window.key)
            drawn.withLock { $0[index] = Drawn(map: map, draws: draws) }
        }
    }

    /// Of each window, all copies.
    var draws: [[CopyDraw]] { drawn.withLock { $0.map { $0?.draws ?? [] } } }

    /// Patches in all.
    var count: Int { draws.reduce(0) { $0 + $1.reduce(0) { $0 + $1.patches.count } } }

    /// Makes the values, one behind the other.
    ///
    /// - Parameter room: of exactly as many bytes.
    func fill(_ room: UnsafeMutableRawBufferPointer, _ crew: Crew) throws {
        var places: [Range<Int>] = []
        for draws in draws {
            let begin = places.last?.upperBound ?? 0
            places.append(begin..<(begin + draws.reduce(0) { $0 + $1.patches.count } * scenes.layout.patchByteCount))
        }
        let target = Target(bytes: room)
        try crew.run(count: windows.count) { [self, places] index, scratch in
            guard !places[index].isEmpty, let drawn = drawn.withLock({ $0[index] }) else { return }
            let window = scenes.source.window(windows.lowerBound + index)
            let bytes = scratch.window.room(scenes.windowBytes)
            try scenes.source.copyInputs(of: window, into: bytes, scratch.fill)
            let scene = try scenes.scene(window, bytes: UnsafeRawBufferPointer(bytes), drawn.map, scratch)
            try scenes.maker.explorer.fill(
                drawn.draws, of: scene, into: UnsafeMutableRawBufferPointer(rebasing: target.bytes[places[index]]),
                scratch.mixing)
        }
    }

    /// `@unchecked Sendable`: threads write to different places.
    private struct Target: @unchecked Sendable {
        let bytes: UnsafeMutableRawBufferPointer
    }
}
