internal import CDeflate
internal import CKernels
internal import SpaceTime
internal import Synchronization

/// Unpacks chunks of one array on one thread, without HDF5.
///
/// Chunks beyond `plainLimit` are unpacked in mapped scratch files, so that memory stays bounded.
final class ChunkDecoder {
    private let dataset: HDF5Dataset
    private let plainLimit: Int
    private let scratch: String
    private let inflater: OpaquePointer?
    private var first: ScratchMemory?
    private var second: ScratchMemory?
    private var packed: ScratchMemory?
    private var wide: ScratchMemory?
    /// Bytes before each filter of the pipeline was applied.
    private let sizes: [Int]
    private let chunkByteCount: Int

    init(_ dataset: HDF5Dataset, chunkByteCount: Int, plainLimit: Int, scratch: String) {
        self.dataset = dataset
        self.plainLimit = plainLimit
        self.scratch = scratch
        self.chunkByteCount = chunkByteCount
        sizes = ChunkDecoder.sizes(of: dataset.filters, chunkByteCount: chunkByteCount)
        inflater = libdeflate_alloc_decompressor()
    }

    deinit {
        if let inflater { libdeflate_free_decompressor(inflater) }
    }

    private static func sizes(of filters: [HDF5Filter], chunkByteCount: Int) -> [Int] {
        var size = chunkByteCount
        return filters.map { filter in
            defer { if filter == .fletcher32 { size += 4 } }
            return size
        }
    }

    /// Whether all sizes in the pipeline are known beforehand and all filters are ours.
    static func canDecode(_ filters: [HDF5Filter]) -> Bool {
        let packers = filters.filter { $0 == .deflate || $0 == .lzf }
        return filters.allSatisfy(\.isOurs) && packers.count <= 1
    }

    /// The elements of the chunk at `origin`, row-major and native; valid until the next call.
    func chunk(at origin: [Int]) throws(ReaderError) -> UnsafeRawPointer {
        guard let stored = try dataset.storedChunk(at: origin, chunkByteCount: chunkByteCount, room: packedRoom) else {
            return try filled()
        }
        let bytes = try unpack(stored.bytes, skipping: stored.filterMask, at: origin)
        return try native(bytes)
    }

    /// Unpacks the chunk at `origin` to see that it is whole; one that was never written is.
    func check(at origin: [Int]) throws(ReaderError) {
        guard let stored = try dataset.storedChunk(at: origin, chunkByteCount: chunkByteCount, room: packedRoom) else {
            return
        }
        _ = try unpack(stored.bytes, skipping: stored.filterMask, at: origin)
    }

    private func packedRoom(_ byteCount: Int) throws(ReaderError) -> UnsafeMutableRawBufferPointer {
        try room(byteCount, in: &packed)
    }

    private func room(
        _ byteCount: Int, in memory: inout ScratchMemory?
    ) throws(ReaderError) -> UnsafeMutableRawBufferPointer {
        if let memory, memory.bytes.count >= byteCount {
            return UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<byteCount])
        }
        memory = nil
        let made = try ScratchMemory(byteCount: byteCount, folder: scratch, plainLimit: plainLimit)
        memory = made
        return UnsafeMutableRawBufferPointer(rebasing: made.bytes[..<byteCount])
    }

    private func unpack(
        _ stored: UnsafeMutableRawBufferPointer, skipping mask: UInt32, at origin: [Int]
    ) throws(ReaderError) -> UnsafeMutableRawBufferPointer {
        var bytes = stored
        var useFirst = true
        for (index, filter) in dataset.filters.enumerated().reversed() {
            if index < 32, mask >> UInt32(index) & 1 == 1 { continue }
            if filter == .fletcher32 {
                bytes = try checked(bytes, at: origin)
                continue
            }
            let size = sizes[index]
            let target =
                useFirst
                ? try room(size, in: &first) : try room(size, in: &second)
            useFirst.toggle()
            try apply(filter, bytes, to: target, at: origin)
            bytes = target
        }
        guard bytes.count == chunkByteCount else {
            throw damaged(origin, "holds \(bytes.count) bytes instead of \(chunkByteCount)")
        }
        return bytes
    }

    private func apply(
        _ filter: HDF5Filter, _ bytes: UnsafeMutableRawBufferPointer, to target: UnsafeMutableRawBufferPointer,
        at origin: [Int]
    ) throws(ReaderError) {
        guard let from = bytes.baseAddress, let to = target.baseAddress else { throw damaged(origin, "is empty") }
        let input = from.assumingMemoryBound(to: UInt8.self), output = to.assumingMemoryBound(to: UInt8.self)
        switch filter {
        case .deflate:
            guard let inflater else { throw ReaderError(.system, "there is no memory to inflate chunks") }
            let result = libdeflate_zlib_decompress(inflater, from, bytes.count, to, target.count, nil)
            guard result == LIBDEFLATE_SUCCESS else { throw damaged(origin, "is not \(target.count) deflated bytes") }
        case .lzf:
            guard ckernels_lzf(output, target.count, input, bytes.count) == 0 else {
                throw damaged(origin, "is not \(target.count) bytes packed by LZF")
            }
        case .shuffle(let elementSize):
            guard bytes.count == target.count else {
                throw damaged(origin, "holds \(bytes.count) bytes instead of \(target.count)")
            }
            ckernels_unshuffle(output, input, bytes.count, max(1, elementSize))
        case .fletcher32, .libraryOnly:
            preconditionFailure("\(filter) is not unpacked here")
        }
    }

    /// Compares and removes the checksum at the end.
    private func checked(
        _ bytes: UnsafeMutableRawBufferPointer, at origin: [Int]
    ) throws(ReaderError) -> UnsafeMutableRawBufferPointer {
        guard bytes.count >= 4, let base = bytes.baseAddress else { throw damaged(origin, "has no checksum") }
        let count = bytes.count - 4
        let stored = bytes.loadUnaligned(fromByteOffset: count, as: UInt32.self)
        let sum = ckernels_fletcher32(base.assumingMemoryBound(to: UInt8.self), count)
        // Old versions of HDF5 wrote the halves' bytes the other way round.
        let swapped = (sum & 0x00ff_00ff) << 8 | (sum & 0xff00_ff00) >> 8
        guard stored == sum || stored == swapped else { throw damaged(origin, "does not match its checksum") }
        return UnsafeMutableRawBufferPointer(rebasing: bytes[..<count])
    }

    private func native(_ bytes: UnsafeMutableRawBufferPointer) throws(ReaderError) -> UnsafeRawPointer {
        let type = dataset.storedType
        let count = bytes.count / type.byteCount
        guard let base = bytes.baseAddress else { throw damaged([], "is empty") }
        if type.isBigEndian { ckernels_swap(base, count, Int32(type.byteCount)) }
        guard type.kind == .float16 else { return UnsafeRawPointer(base) }
        let target = try room(count * 4, in: &wide)
        guard let floats = target.baseAddress else { throw damaged([], "is empty") }
        let halves = base.assumingMemoryBound(to: UInt16.self)
        ckernels_half_to_float(floats.assumingMemoryBound(to: Float.self), halves, count)
        return UnsafeRawPointer(floats)
    }

    /// A chunk that was never written holds the fill value.
    private func filled() throws(ReaderError) -> UnsafeRawPointer {
        guard let element = dataset.element else { throw dataset.notNumbers() }
        let count = chunkByteCount / dataset.storedType.byteCount
        let target = try room(count * element.byteCount, in: &first)
        let value = dataset.fillBytes
        for index in target.indices { target[index] = value[index % element.byteCount] }
        guard let base = target.baseAddress else { throw damaged([], "is empty") }
        return UnsafeRawPointer(base)
    }

    private func damaged(_ origin: [Int], _ what: String) -> ReaderError {
        ReaderError(.damaged, "the chunk at \(origin) \(what)", path: dataset.place)
    }
}

/// Decoders of one array that wait for the next call, so that their memory is not asked for anew each time.
final class ChunkDecoderPool: Sendable {
    /// `@unchecked Sendable`: a decoder is in the pool or with one thread, never both.
    private struct Waiting: @unchecked Sendable {
        var decoders: [ChunkDecoder] = []
    }

    private let waiting = Mutex(Waiting())

    func lease(_ make: () -> ChunkDecoder) -> ChunkDecoderLease {
        let known = waiting.withLock { waiting in Waiting(decoders: waiting.decoders.popLast().map { [$0] } ?? []) }
        return ChunkDecoderLease(known.decoders.first ?? make(), pool: self)
    }

    fileprivate func take(back decoder: ChunkDecoder) {
        let returned = Waiting(decoders: [decoder])
        waiting.withLock { $0.decoders += returned.decoders }
    }
}

/// One thread's use of a decoder, given back to the pool at the end.
final class ChunkDecoderLease {
    let decoder: ChunkDecoder
    private let pool: ChunkDecoderPool

    fileprivate init(_ decoder: ChunkDecoder, pool: ChunkDecoderPool) {
        self.decoder = decoder
        self.pool = pool
    }

    deinit { pool.take(back: decoder) }
}
