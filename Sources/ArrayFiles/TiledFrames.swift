internal import Glibc
internal import SpaceTime

/// Samples of an array put in the order of frames by way of a scratch file: for arrays whose frames lie too badly to be read one
/// after the other (time is the fastest axis of many gigabytes).
///
/// The array is passed over once, in tiles as large as memory allows and as long as possible along the array's fast axes. A
/// tile goes to the file in one run, its frames in order, so that the frames asked for lie in each tile as one run too. All is
/// written once and read once, in runs of a hundred kilobytes and more up to some hundred tiles.
final class TiledFrames: ArraySource {
    /// Sample, frame, channel, row, column.
    let shape: [Int]
    let element: ElementType
    let place: String
    let granularity = [1, 1, 1, 1, 1]

    private let order: AxisOrder
    private let samples: Range<Int>
    private let tiles: [Tile]
    private let file: ScratchFile

    private struct Tile {
        /// Along the axes of the array; samples counted from the first one held.
        var box: [Range<Int>]
        /// Where it begins in the file.
        var offset: Int
    }

    /// Passes over the array; needs as much scratch space as the samples have bytes.
    init(
        _ source: any ArraySource, axes order: AxisOrder, samples: Range<Int>, resources: ReadResources
    ) throws(ReaderError) {
        self.order = order
        self.samples = samples
        element = source.element
        place = source.place
        shape = [samples.count] + [.frame, .channel, .row, .column].map { order.length($0, in: source.shape) }
        let box = source.shape.indices.map { order.axes[$0] == .sample ? samples : 0..<source.shape[$0] }
        let width = source.element.byteCount
        let limit = 5 * resources.budget
        let tiling = BoxTiling(box, tile: TiledFrames.tile(of: box, source, limit: limit / width))
        var (tiles, end, largest): ([Tile], Int, Int) = ([], 0, 0)
        for index in 0..<tiling.count {
            tiles.append(Tile(box: tiling[index], offset: end))
            let byteCount = tiles[index].box.reduce(width) { $0 * $1.count }
            largest = max(largest, byteCount)
            end += TiledFrames.rounded(byteCount)
        }
        self.tiles = tiles
        file = try ScratchFile(byteCount: end, folder: resources.scratch)
        let memory = try TileMemory(
            byteCount: TiledFrames.rounded(largest), plainLimit: limit, folder: resources.scratch)
        for tile in tiles {
            let lengths = tile.box.map(\.count)
            try source.read(
                tile.box, into: memory.base, strides: order.frameMajorStrides(lengths), using: resources)
            let byteCount = TiledFrames.rounded(lengths.reduce(width, *))
            try file.write(UnsafeRawBufferPointer(start: memory.base, count: byteCount), at: tile.offset)
        }
    }

    private static func rounded(_ byteCount: Int) -> Int {
        (byteCount + ScratchFile.alignment - 1) / ScratchFile.alignment * ScratchFile.alignment
    }

    /// The largest tile of at most `limit` elements, or of the least that is worth reading, long along the fast axes.
    private static func tile(of box: [Range<Int>], _ source: any ArraySource, limit: Int) -> [Int] {
        var tile = zip(box, source.granularity).map { max(1, min($1, $0.upperBound)) }
        for axis in box.indices.reversed() {
            let grain = tile[axis]
            let others = tile.indices.reduce(1) { $1 == axis ? $0 : $0 * min(tile[$1], max(1, box[$1].count)) }
            let possible = max(1, limit / max(1, others) / grain) * grain
            tile[axis] = possible >= box[axis].count ? max(grain, box[axis].upperBound) : possible
            if possible < box[axis].count { break }
        }
        return tile
    }

    func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides: [Int], using resources: ReadResources
    ) throws(ReaderError) {
        let shared = SharedTarget(base: target)
        let parts = tiles.indices.flatMap { index in runs(of: index, samples: box[0], frames: box[1]) }
        try Workers.run(count: parts.count, threads: resources.threads, state: { TileReader() }) {
            (reader, index) throws(ReaderError) in
            try self.copy(parts[index], of: box, to: shared.base, strides: strides, reader)
        }
    }

    /// Samples and frames of a tile that lie behind one another in the file; counted from the first sample held.
    private struct Run {
        var tile: Int
        var samples: Range<Int>
        var frames: Range<Int>
    }

    /// The range of a tile along one kind of axis, of which there is at most one.
    private func range(_ axis: AxisOrder.Axis, of tile: Tile) -> Range<Int> {
        guard let index = order.axes.firstIndex(of: axis) else { return 0..<1 }
        let (range, first) = (tile.box[index], axis == .sample ? samples.lowerBound : 0)
        return (range.lowerBound - first)..<(range.upperBound - first)
    }

    private func runs(of index: Int, samples wanted: Range<Int>, frames: Range<Int>) -> [Run] {
        let whole = range(.frame, of: tiles[index])
        let part = frames.clamped(to: whole)
        let samples = wanted.clamped(to: range(.sample, of: tiles[index]))
        if part.isEmpty || samples.isEmpty { return [] }
        if part == whole { return [Run(tile: index, samples: samples, frames: part)] }
        return samples.map { Run(tile: index, samples: $0..<($0 + 1), frames: part) }
    }

    private func copy(
        _ run: Run, of box: [Range<Int>], to target: UnsafeMutableRawPointer, strides: [Int], _ reader: TileReader
    ) throws(ReaderError) {
        let tile = tiles[run.tile]
        let (tileSamples, tileFrames) = (range(.sample, of: tile), range(.frame, of: tile))
        var lengths = tile.box.map(\.count)
        var (targetStrides, way, channelStride) = (lengths, 0, strides[2])
        for axis in order.axes.indices.reversed() {
            switch order.axes[axis] {
            case .sample: (lengths[axis], targetStrides[axis]) = (run.samples.count, strides[0])
            case .frame: (lengths[axis], targetStrides[axis]) = (run.frames.count, strides[1])
            case .channel:
                targetStrides[axis] = channelStride
                channelStride *= sourceLength(axis)
            case .row: targetStrides[axis] = strides[3]
            case .column: targetStrides[axis] = strides[4]
            }
            if order.axes[axis] != .sample, order.axes[axis] != .frame {
                way += tile.box[axis].lowerBound * targetStrides[axis]
            }
        }
        way += (run.samples.lowerBound - box[0].lowerBound) * strides[0]
        way += (run.frames.lowerBound - box[1].lowerBound) * strides[1]
        let frameElements = tile.box.map(\.count).reduce(1, *) / (tileSamples.count * tileFrames.count)
        let first = (run.samples.lowerBound - tileSamples.lowerBound) * tileFrames.count + run.frames.lowerBound
        let start = tile.offset + (first - tileFrames.lowerBound) * frameElements * element.byteCount
        let bytes = try reader.bytes(lengths.reduce(element.byteCount, *), of: file, at: start)
        Scatter.copy(
            lengths: lengths, from: bytes, strides: order.frameMajorStrides(lengths),
            to: target + way * element.byteCount, strides: targetStrides, width: element.byteCount)
    }

    /// The array's length along an axis: the tiles cover it.
    private func sourceLength(_ axis: Int) -> Int { tiles.last?.box[axis].upperBound ?? 1 }
}

/// Memory of a tile: aligned for writing past the page cache, in large pages where the system has them; in a mapped file where
/// the least that is worth reading, a chunk of the whole array, is beyond the limit.
private final class TileMemory {
    let base: UnsafeMutableRawPointer
    private let mapped: ScratchMemory?

    init(byteCount: Int, plainLimit: Int, folder: String) throws(ReaderError) {
        guard byteCount <= plainLimit else {
            let memory = try ScratchMemory(byteCount: byteCount, folder: folder, plainLimit: 0)
            guard let start = memory.bytes.baseAddress else {
                throw ReaderError(.system, "there is no memory for \(byteCount) bytes", path: folder)
            }
            (base, mapped) = (start, memory)
            return
        }
        (base, mapped) = (.allocate(byteCount: max(1, byteCount), alignment: 2 << 20), nil)
        madvise(base, byteCount, MADV_HUGEPAGE)
    }

    deinit { if mapped == nil { base.deallocate() } }
}

/// One thread's room for a run.
private final class TileReader {
    private var buffer = GrowingBuffer()

    func bytes(_ count: Int, of file: ScratchFile, at offset: Int) throws(ReaderError) -> UnsafeRawPointer {
        let room = buffer.room(for: count)
        try file.read(into: UnsafeMutableRawBufferPointer(start: room, count: count), at: offset)
        return UnsafeRawPointer(room)
    }
}
