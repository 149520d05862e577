internal import DataBank
package import SpaceTime
internal import Streaming
internal import Synchronization

/// Makes stored copies again, from parent, importance and recipe alone, and compares them byte for byte.
package struct CopyReplay {
    /// A patch that is not what the recipe makes.
    package struct Difference: Hashable, Sendable {
        package enum What: String, Hashable, Sendable {
            /// The patch is stored, and the recipe does not replace it.
            case unasked = "is stored but not replaced by the recipe"
            case lost = "is replaced by the recipe but not stored"
            case neighbours = "is stored with other neighbours"
            case values = "has other values"
        }

        /// Sequence and first frame.
        package var window: String
        package var copy: Int
        /// In the window, from 0.
        package var frame: Int
        package var patch: Int
        package var what: What
        /// The payload file; nil where the window has none.
        package var file: String?
    }

    package struct Outcome: Sendable {
        package var windows = 0
        package var copies = 0
        package var patches = 0
        /// In order of window, copy, frame, patch; at most `limit`.
        package var differences: [Difference] = []
        /// All that were found.
        package var differenceCount = 0
        /// SHA-256 of the values that were made, in stored order.
        package var digest: Digest
    }

    /// Differences that are listed.
    package static let limit = 1000

    private let set: EnvironmentSet
    private let crew: Crew

    package init(_ set: EnvironmentSet, threads: Int) {
        self.set = set
        crew = Crew(threads: threads)
    }

    /// Makes the copies of some windows again; memory is bounded however many they are.
    ///
    /// - Parameters:
    ///   - windows: numbers in the set's own plan.
    ///   - isCompared: false to make them without a look at what is stored.
    ///   - progress: is told how many windows are done.
    /// - Throws: `.damaged` naming the file where stored tables cannot be understood.
    package func run(
        _ windows: Range<Int>, isCompared: Bool = true, progress: (Int) throws -> Void = { _ in }
    ) throws -> Outcome {
        let hash = SHA256()
        var outcome = Outcome(digest: hash.digest())
        let room = RawRoom()
        for part in PatchChunk.cut(windows, set.scenes) {
            let chunk = try PatchChunk(part, set.scenes, crew)
            let values = room.room(chunk.count * set.scenes.layout.patchByteCount)
            try chunk.fill(values, crew)
            hash.update(UnsafeRawBufferPointer(values))
            outcome.windows += part.count
            outcome.copies += part.count * set.copies
            outcome.patches += chunk.count
            if isCompared {
                let found = try differences(part, chunk.draws, UnsafeRawBufferPointer(values))
                outcome.differenceCount += found.count
                outcome.differences += found.prefix(CopyReplay.limit - outcome.differences.count)
            }
            try progress(outcome.windows)
        }
        outcome.digest = hash.digest()
        return outcome
    }

    private func differences(
        _ windows: Range<Int>, _ draws: [[CopyDraw]], _ values: UnsafeRawBufferPointer
    ) throws -> [Difference] {
        let size = set.scenes.layout.patchByteCount
        var starts = [0]
        for draws in draws {
            starts.append(starts[starts.count - 1] + draws.reduce(0) { $0 + $1.patches.count } * size)
        }
        let made = Made(bytes: values)
        let found = Mutex([[Difference]](repeating: [], count: windows.count))
        let set = set
        try crew.run(count: windows.count) { [starts] index, scratch in
            let window = set.scenes.source.window(windows.lowerBound + index)
            var begin = starts[index]
            var own: [Difference] = []
            for draw in draws[index] {
                let end = begin + draw.patches.count * size
                let stored = try set.copy(draw.key.copy, of: window, scratch.values)
                let comparison = Comparison(
                    draw: draw, values: UnsafeRawBufferPointer(rebasing: made.bytes[begin..<end]), stored: stored)
                own += comparison.differences(
                    window: set.scenes.name(window), file: set.path(of: window), patchBytes: size)
                begin = end
            }
            if !own.isEmpty { found.withLock { $0[index] = own } }
        }
        return found.withLock { $0.flatMap { $0 } }
    }

    /// `@unchecked Sendable`: threads only read.
    private struct Made: @unchecked Sendable {
        let bytes: UnsafeRawBufferPointer
    }
}

/// One copy as it is made and as it is stored.
private struct Comparison {
    let draw: CopyDraw
    let values: UnsafeRawBufferPointer
    let stored: EnvironmentCopy

    /// Both lists ascend by (frame, patch).
    func differences(window: String, file: String?, patchBytes size: Int) -> [CopyReplay.Difference] {
        var result: [CopyReplay.Difference] = []
        func add(_ patch: PatchDraw, _ what: CopyReplay.Difference.What) {
            result.append(
                CopyReplay.Difference(
                    window: window, copy: draw.key.copy, frame: Int(patch.frame), patch: Int(patch.patch), what: what,
                    file: file))
        }
        let (made, kept) = (draw.patches, stored.draw.patches)
        var (one, other) = (0, 0)
        while one < made.count || other < kept.count {
            if other == kept.count || one < made.count && Self.precedes(made[one], kept[other]) {
                add(made[one], .lost)
                one += 1
            } else if one == made.count || Self.precedes(kept[other], made[one]) {
                add(kept[other], .unasked)
                other += 1
            } else {
                if made[one].neighbours != kept[other].neighbours { add(made[one], .neighbours) }
                if !isEqual(one, other, size) { add(made[one], .values) }
                one += 1
                other += 1
            }
        }
        return result
    }

    private static func precedes(_ one: PatchDraw, _ other: PatchDraw) -> Bool {
        (one.frame, one.patch) < (other.frame, other.patch)
    }

    private func isEqual(_ own: Int, _ other: Int, _ size: Int) -> Bool {
        let begin = stored.values.startIndex + other * size
        return values[(own * size)..<((own + 1) * size)].elementsEqual(stored.values[begin..<(begin + size)])
    }
}
