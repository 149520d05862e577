internal import CHDF5
package import SpaceTime

extension HDF5Dataset {
    /// The array as a source of boxes: plain values are read by address, chunks are unpacked on threads outside the lock,
    /// anything else goes through HDF5.
    package func source() throws(ReaderError) -> any ArraySource {
        guard let element else { throw notNumbers() }
        guard shape.count <= 16 else {
            throw ReaderError(.damaged, "has \(shape.count) axes; 16 are read", path: place)
        }
        if let offset = contiguousOffset, storedType.isPlain {
            return try FlatArray(
                RegularFile(path: file.path), offset: offset, shape: shape, storedType: storedType, place: place)
        }
        let isOurs = storedType.isPlain && ChunkDecoder.canDecode(filters) && !hasUnfilteredEdges
        if let chunkShape, isOurs {
            return ChunkedArray(self, element: element, chunkShape: chunkShape)
        }
        return LibraryArray(self, element: element)
    }

    /// The bytes of one element that was never written.
    var fillBytes: [UInt8] {
        guard let element else { return [0] }
        return (fillValue ?? .integer(0)).bytes(as: element)
    }

    /// The packed bytes of a chunk; nil where it was never written.
    func storedChunk(
        at origin: [Int], chunkByteCount: Int, room: (Int) throws(ReaderError) -> UnsafeMutableRawBufferPointer
    ) throws(ReaderError) -> (bytes: UnsafeMutableRawBufferPointer, filterMask: UInt32)? {
        let position = origin.map { hsize_t($0) }
        return try ArrayLibraryLock.locked { () throws(ReaderError) in
            var size: hsize_t = 0
            if H5Dget_chunk_storage_size(handle.id, position, &size) < 0 {
                // Also said of a chunk that was never written; the slower call tells the two apart.
                var address = chdf5_no_address()
                var mask: UInt32 = 0
                let status = H5Dget_chunk_info_by_coord(handle.id, position, &mask, &address, &size)
                try ArrayLibraryLock.check(status, "the chunk at \(origin) cannot be found", path: place)
                guard address == chdf5_no_address() else {
                    throw ReaderError(.damaged, "the chunk at \(origin) cannot be found", path: place)
                }
                return nil
            }
            if size == 0 { return nil }
            guard size <= UInt64(chunkByteCount) * 2 + 4096, size <= UInt64(file.byteCount) else {
                throw ReaderError(.damaged, "the chunk at \(origin) declares \(size) bytes", path: place)
            }
            let buffer = try room(Int(size))
            var mask: UInt32 = 0
            let read = H5Dread_chunk(handle.id, chdf5_default(), position, &mask, buffer.baseAddress)
            try ArrayLibraryLock.check(read, "the chunk at \(origin) cannot be read", path: place)
            return (buffer, mask)
        }
    }
}

extension Scalar {
    /// The number as an element's native bytes; what does not fit is clamped, NaN becomes 0 in whole numbers.
    func bytes(as element: ElementType) -> [UInt8] {
        func raw<Value>(_ value: Value) -> [UInt8] { withUnsafeBytes(of: value) { Array($0) } }
        let real = number ?? 0
        let whole: Int128 =
            if case .integer(let value) = self { Int128(value) } else {
                real.isNaN ? 0 : Int128(max(-1e30, min(1e30, real)))
            }
        switch element {
        case .int8: return raw(Int8(clamping: whole))
        case .uint8: return raw(UInt8(clamping: whole))
        case .int16: return raw(Int16(clamping: whole))
        case .uint16: return raw(UInt16(clamping: whole))
        case .int32: return raw(Int32(clamping: whole))
        case .uint32: return raw(UInt32(clamping: whole))
        case .int64: return raw(Int64(clamping: whole))
        case .uint64: return raw(UInt64(clamping: whole))
        case .float32: return raw(Float(real))
        case .float64: return raw(real)
        }
    }
}

/// Chunks unpacked by ourselves. `@unchecked Sendable` by `HDF5Dataset`, which is.
final class ChunkedArray: ArraySource {
    private let dataset: HDF5Dataset
    private let chunkShape: [Int]
    private let pool = ChunkDecoderPool()
    let element: ElementType

    /// Plain memory for unpacking, of all threads together.
    private static let plainByteCount = 48 << 20

    init(_ dataset: HDF5Dataset, element: ElementType, chunkShape: [Int]) {
        self.dataset = dataset
        self.element = element
        self.chunkShape = chunkShape
    }

    var shape: [Int] { dataset.shape }
    var granularity: [Int] { chunkShape }
    var place: String { dataset.place }

    func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides: [Int], using resources: ReadResources
    ) throws(ReaderError) {
        let tiling = BoxTiling(box, tile: chunkShape)
        let size = chunkShape.reduce(dataset.storedType.byteCount, *)
        let shared = SharedTarget(base: target)
        let chunkStrides = chunkShape.rowMajorStrides
        // A thread is worth its start from some work on; huge chunks are unpacked in mapped files by few threads.
        let threads =
            size * tiling.count < 128 << 10 ? 1 : size > 64 << 20 ? min(2, resources.threads) : resources.threads
        let plainLimit = ChunkedArray.plainByteCount / ((dataset.filters.count + 2) * threads)
        let pool = pool
        let (dataset, width) = (dataset, element.byteCount)
        try Workers.run(
            count: tiling.count, threads: threads,
            state: {
                pool.lease {
                    ChunkDecoder(dataset, chunkByteCount: size, plainLimit: plainLimit, scratch: resources.scratch)
                }
            }
        ) { (lease, index) throws(ReaderError) in
            let origin = tiling.origin(index)
            let part = tiling[index]
            let values = try lease.decoder.chunk(at: origin)
            var from = 0
            var to = 0
            for axis in part.indices {
                from += (part[axis].lowerBound - origin[axis]) * chunkStrides[axis]
                to += (part[axis].lowerBound - box[axis].lowerBound) * strides[axis]
            }
            Scatter.copy(
                lengths: part.map(\.count), from: values + from * width, strides: chunkStrides,
                to: shared.base + to * width, strides: strides, width: width)
        }
    }
}

/// Whatever only the HDF5 library can read.
final class LibraryArray: ArraySource {
    private let dataset: HDF5Dataset
    let element: ElementType
    /// Bytes read by one call, unless one chunk is larger.
    private static let pieceByteCount = 8 << 20

    init(_ dataset: HDF5Dataset, element: ElementType) {
        self.dataset = dataset
        self.element = element
    }

    var shape: [Int] { dataset.shape }
    var granularity: [Int] { dataset.chunkShape ?? shape.map { _ in 1 } }
    var place: String { dataset.place }

    func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides: [Int], using resources: ReadResources
    ) throws(ReaderError) {
        if box.contains(where: \.isEmpty) { return }
        let width = element.byteCount
        let tile = BoxTiling.tile(of: box, granularity: granularity, limit: LibraryArray.pieceByteCount / width)
        let tiling = BoxTiling(box, tile: tile)
        for index in 0..<tiling.count {
            let part = tiling[index]
            let size = part.reduce(width) { $0 * $1.count }
            let memory = try ScratchMemory(byteCount: size, folder: resources.scratch)
            guard let base = memory.bytes.baseAddress else { continue }
            try dataset.readByLibrary(part, into: UnsafeMutableRawBufferPointer(start: base, count: size))
            let way = part.indices.reduce(0) { $0 + (part[$1].lowerBound - box[$1].lowerBound) * strides[$1] }
            Scatter.copy(
                lengths: part.map(\.count), from: UnsafeRawPointer(base), strides: part.map(\.count).rowMajorStrides,
                to: target + way * width, strides: strides, width: width)
        }
    }
}
