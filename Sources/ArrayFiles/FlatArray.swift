internal import CKernels
package import SpaceTime

/// An array whose elements lie plainly in a file at regular distances: contiguous HDF5, npy, classic netCDF.
package final class FlatArray: ArraySource {
    package let shape: [Int]
    package let element: ElementType
    package let place: String
    let file: RegularFile
    let offset: Int
    /// Distance of neighbours along each axis in the file, in bytes.
    let strides: [Int]
    let storedType: StoredType

    /// The most of the file that is read at once by one thread.
    static let pieceByteCount = 256 << 10

    /// - Parameters:
    ///   - strides: in bytes; row-major where nil.
    /// - Throws: `.damaged` where the file is too short for what is declared.
    package init(
        _ file: RegularFile, offset: Int, shape: [Int], strides: [Int]? = nil, storedType: StoredType,
        place: String? = nil
    ) throws(ReaderError) {
        self.file = file
        self.offset = offset
        self.shape = shape
        self.strides = strides ?? shape.rowMajorStrides.map { $0 * storedType.byteCount }
        self.storedType = storedType
        self.place = place ?? file.path
        guard let element = storedType.element else {
            throw ReaderError(.damaged, "does not hold numbers", path: place ?? file.path)
        }
        self.element = element
        let size = try CheckedSize.product(shape + [storedType.byteCount], of: "the array", path: self.place)
        guard size > 0 else { return }
        let end = try FlatArray.end(offset, shape, self.strides, storedType.byteCount, path: self.place)
        guard offset >= 0, end <= file.byteCount else {
            throw ReaderError(
                .damaged, "is truncated: the array ends at byte \(end), the file at byte \(file.byteCount)",
                path: self.place)
        }
    }

    /// The byte behind the last element.
    private static func end(
        _ offset: Int, _ shape: [Int], _ strides: [Int], _ width: Int, path: String
    ) throws(ReaderError) -> Int {
        var last = 0
        for (length, stride) in zip(shape, strides) {
            let (way, overflow) = (length - 1).multipliedReportingOverflow(by: stride)
            guard !overflow, stride >= 0, way <= CheckedSize.limit, last <= CheckedSize.limit else {
                throw ReaderError(.damaged, "declares an impossible shape \(shape)", path: path)
            }
            last += way
        }
        guard offset <= CheckedSize.limit else {
            throw ReaderError(.damaged, "declares an impossible place \(offset)", path: path)
        }
        return offset + last + width
    }

    /// An axis that runs faster than others is cheap in pieces of 64 KiB, since the file must be passed over anyway.
    package var granularity: [Int] {
        strides.indices.map { axis in
            let isFastest = !strides.indices.contains { shape[$0] > 1 && strides[$0] > strides[axis] && $0 != axis }
            let run = max(1, (64 << 10) / max(1, strides[axis]))
            return isFastest ? 1 : min(max(1, shape[axis]), run)
        }
    }

    package func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides targetStrides: [Int],
        using resources: ReadResources
    ) throws(ReaderError) {
        if box.contains(where: \.isEmpty) { return }
        let tiling = slowestTiling(box, threads: resources.threads)
        let shared = SharedTarget(base: target)
        try Workers.run(count: tiling.count, threads: resources.threads, state: { FlatReader(self) }) {
            (reader, index) throws(ReaderError) in
            let part = tiling[index]
            let way = zip(zip(part, box), targetStrides).reduce(0) { sum, axis in
                sum + (axis.0.0.lowerBound - axis.0.1.lowerBound) * axis.1
            }
            try reader.read(part, to: shared.base + way * self.element.byteCount, strides: targetStrides)
        }
    }

    /// Cuts a box along the axis that is slowest in the file, into pieces of about `pieceByteCount`.
    private func slowestTiling(_ box: [Range<Int>], threads: Int) -> BoxTiling {
        var tile = box.map { max(1, $0.upperBound) }
        let byCost = box.indices.filter { box[$0].count > 1 }.max { strides[$0] < strides[$1] }
        if let axis = byCost {
            let bytes = box.reduce(storedType.byteCount) { $0 * $1.count }
            tile[axis] = max(1, box[axis].count * FlatArray.pieceByteCount / max(1, bytes))
        }
        return BoxTiling(box, tile: tile)
    }
}

/// One thread's reading of a flat array.
private final class FlatReader {
    private let array: FlatArray
    private var bytes = GrowingBuffer()
    private var wide = GrowingBuffer()

    init(_ array: FlatArray) { self.array = array }

    func read(_ box: [Range<Int>], to target: UnsafeMutableRawPointer, strides: [Int]) throws(ReaderError) {
        let width = array.storedType.byteCount
        let wanted = box.reduce(width) { $0 * $1.count }
        let span = zip(box, array.strides).reduce(width) { $0 + ($1.0.count - 1) * $1.1 }
        let isDense = span <= 64 << 10 || span / 8 <= wanted
        // Records of netCDF may be no whole number of elements apart: then each is read by itself.
        let isAligned = zip(box, array.strides).allSatisfy { $0.count == 1 || $1 % width == 0 }
        if span <= FlatArray.pieceByteCount && isDense && isAligned || wanted == width {
            return try readSpan(box, byteCount: span, to: target, strides: strides)
        }
        let axis = box.indices.filter { box[$0].count > 1 }.max { array.strides[$0] < array.strides[$1] }
        guard let axis else { return try readSpan(box, byteCount: span, to: target, strides: strides) }
        let step = array.strides[axis]
        let inner = span - (box[axis].count - 1) * step
        let most = span <= FlatArray.pieceByteCount ? 1 : max(1, (FlatArray.pieceByteCount - inner) / step + 1)
        for start in stride(from: box[axis].lowerBound, to: box[axis].upperBound, by: most) {
            var part = box
            part[axis] = start..<min(start + most, box[axis].upperBound)
            let way = (start - box[axis].lowerBound) * strides[axis]
            try read(part, to: target + way * array.element.byteCount, strides: strides)
        }
    }

    /// Reads everything from the first to the last element of a box and picks its elements out.
    private func readSpan(
        _ box: [Range<Int>], byteCount: Int, to target: UnsafeMutableRawPointer, strides: [Int]
    ) throws(ReaderError) {
        let width = array.storedType.byteCount
        let start = zip(box, array.strides).reduce(array.offset) { $0 + $1.0.lowerBound * $1.1 }
        let buffer = bytes.room(for: byteCount)
        try array.file.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: byteCount), at: start)
        let native = ElementConversion.native(buffer, count: byteCount / width, array.storedType, wide: &wide)
        Scatter.copy(
            lengths: box.map(\.count), from: native, strides: array.strides.map { $0 / width }, to: target,
            strides: strides,
            width: array.element.byteCount)
    }
}

/// Memory that is kept between uses and grows when needed; at least one byte.
struct GrowingBuffer: ~Copyable {
    private var memory = UnsafeMutableRawPointer.allocate(byteCount: 64, alignment: 64)
    private var byteCount = 64

    /// Room whose former contents are gone.
    mutating func room(for wanted: Int) -> UnsafeMutableRawPointer {
        if byteCount < wanted {
            memory.deallocate()
            memory = .allocate(byteCount: wanted, alignment: 64)
            byteCount = wanted
        }
        return memory
    }

    deinit { memory.deallocate() }
}

/// From bytes as stored to numbers as delivered.
enum ElementConversion {
    /// Makes `count` stored numbers native: byte order in place, half precision widened into `wide`. Returns where they are.
    static func native(
        _ base: UnsafeMutableRawPointer, count: Int, _ type: StoredType, wide: inout GrowingBuffer
    ) -> UnsafeRawPointer {
        if type.isBigEndian { ckernels_swap(base, count, Int32(type.byteCount)) }
        guard type.kind == .float16 else { return UnsafeRawPointer(base) }
        let target = wide.room(for: count * 4)
        ckernels_half_to_float(
            target.assumingMemoryBound(to: Float.self), base.assumingMemoryBound(to: UInt16.self), count)
        return UnsafeRawPointer(target)
    }
}

/// Copies between arrays of any axis order.
enum Scatter {
    /// Lengths and strides one an axis, in elements.
    static func copy(
        lengths: [Int], from: UnsafeRawPointer, strides fromStrides: [Int], to: UnsafeMutableRawPointer,
        strides toStrides: [Int], width: Int
    ) {
        precondition(lengths.count <= 16, "an array of \(lengths.count) axes")
        ckernels_scatter(
            to, toStrides.map { Int64($0) }, from, fromStrides.map { Int64($0) }, lengths.map { Int64($0) },
            Int32(lengths.count), Int32(width))
    }
}
