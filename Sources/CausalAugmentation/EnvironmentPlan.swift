internal import DataBank
internal import SpaceTime
internal import Streaming
internal import Synchronization

/// Which patches go into which file: counted by drawing, before any value is made. A function of windows, importance and recipe alone.
package struct EnvironmentPlan: Sendable {
    /// Some windows of one sequence, whose patches are one piece.
    struct Piece: Hashable, Sendable {
        /// Position in `sequences`.
        var part: Int
        /// Numbers in the plan.
        var windows: Range<Int>
        /// Of the part.
        var patches: Range<Int>
    }

    /// Bytes of patches a piece and a shard at most; smaller than frames', so that several machines find work.
    package static let pieceBytes = 256 << 20
    package static let shardBytes = 512 << 20

    /// Positions in the root's table of the sequences that have patches.
    let sequences: [Int]
    /// Patches of each of them.
    let patchCounts: [Int]
    let shards: [[Piece]]
    /// Patches of one copy at most.
    let largest: Int

    package var patchCount: Int { patchCounts.reduce(0, +) }

    /// - Parameters:
    ///   - threads: that draw.
    ///   - progress: is told how many windows are drawn.
    package init(
        _ scenes: WindowScenes, pieceBytes: Int = pieceBytes, shardBytes: Int = shardBytes, threads: Int,
        progress: (Int) throws -> Void = { _ in }
    ) throws {
        let patchBytes = scenes.layout.patchByteCount
        var cutter = Cutter(pieceSize: max(1, pieceBytes / patchBytes), shardSize: max(1, shardBytes / patchBytes))
        var (sequences, patchCounts): ([Int], [Int]) = ([], [])
        let crew = Crew(threads: threads)
        var largest = 0
        for sequence in 0..<scenes.source.dataset.identity.sequences.count {
            let windows = scenes.source.windows(ofSequence: sequence)
            let counts = try Self.counts(of: windows, scenes, crew)
            largest = counts.reduce(largest) { max($0, $1.max() ?? 0) }
            let totals = counts.map { $0.reduce(0, +) }
            let total = totals.reduce(0, +)
            try progress(windows.count)
            guard total > 0 else { continue }
            cutter.add(part: sequences.count, windows, totals)
            sequences.append(sequence)
            patchCounts.append(total)
        }
        self.sequences = sequences
        self.patchCounts = patchCounts
        shards = cutter.shards
        self.largest = largest
    }

    /// Patches of each copy of each window.
    private static func counts(of windows: Range<Int>, _ scenes: WindowScenes, _ crew: Crew) throws -> [[Int]] {
        let results = Results(count: windows.count)
        let first = windows.lowerBound
        try crew.run(count: windows.count) { index, scratch in
            let window = scenes.source.window(first + index)
            let map = try scenes.map(of: window, scratch)
            let draws = scenes.maker.draws(map, frames: scenes.frames, sample: window.key)
            results.set(index, draws.map(\.patches.count))
        }
        return results.all
    }

    /// Filled by several threads, each index once.
    private final class Results: Sendable {
        private let counts: Mutex<[[Int]]>

        init(count: Int) { counts = Mutex([[Int]](repeating: [], count: count)) }

        func set(_ index: Int, _ counts: [Int]) { self.counts.withLock { $0[index] = counts } }

        var all: [[Int]] { counts.withLock { $0 } }
    }

    /// Cuts windows into pieces and pieces into shards.
    private struct Cutter {
        let pieceSize: Int
        let shardSize: Int
        private(set) var shards: [[Piece]] = []
        private var filled = 0

        init(pieceSize: Int, shardSize: Int) {
            self.pieceSize = pieceSize
            self.shardSize = shardSize
        }

        mutating func add(part: Int, _ windows: Range<Int>, _ counts: [Int]) {
            var piece = Piece(part: part, windows: windows.lowerBound..<windows.lowerBound, patches: 0..<0)
            for (window, count) in zip(windows, counts) {
                if !piece.patches.isEmpty, piece.patches.count + count > pieceSize {
                    close(piece)
                    piece = Piece(
                        part: part, windows: window..<window,
                        patches: piece.patches.upperBound..<piece.patches.upperBound)
                }
                piece.windows = piece.windows.lowerBound..<(window + 1)
                piece.patches = piece.patches.lowerBound..<(piece.patches.upperBound + count)
            }
            // Windows without patches at the end go with those before them.
            if piece.patches.isEmpty, let last = shards.last?.indices.last, shards[shards.count - 1][last].part == part
            {
                let before = shards[shards.count - 1][last].windows
                shards[shards.count - 1][last].windows = before.lowerBound..<piece.windows.upperBound
            } else {
                close(piece)
            }
        }

        private mutating func close(_ piece: Piece) {
            if shards.isEmpty || filled + piece.patches.count > shardSize {
                shards.append([])
                filled = 0
            }
            shards[shards.count - 1].append(piece)
            filled += piece.patches.count
        }
    }
}
