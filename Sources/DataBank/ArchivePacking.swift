internal import CDeflate
internal import Dispatch
internal import SpaceTime

/// Packs frames into chunks as HDF5's filters shuffle and deflate do, on all processors.
struct ArchivePacking {
    /// libdeflate's level: close to zlib's 6 in size, several times as fast.
    static let level = 6
    /// Frames of about this many bytes make a chunk: small enough for a window, large enough to pack well.
    private static let chunkBytes = 256 << 10
    /// What all chunks under way may take of memory; beyond it they lie in scratch files.
    private static let memory = 128 << 20

    let field: Field
    let frames: Int
    let framesPerChunk: Int

    init(field: Field, frames: Int) {
        self.field = field
        self.frames = frames
        framesPerChunk = max(1, min(frames, ArchivePacking.chunkBytes / field.frameByteCount))
    }

    /// Packs the frames that begin at `offset` of a file. Returns offset and size of each chunk in the archive.
    ///
    /// - Parameter scratch: a folder for chunks that memory should not hold: those of frames of many megabytes.
    func pack(_ file: MappedFile, from offset: Int, into writer: any ArchiveWriter, scratch: String) throws
        -> [(offset: Int, byteCount: Int)]
    {
        let count = (frames + framesPerChunk - 1) / framesPerChunk
        let chunkByteCount = framesPerChunk * field.frameByteCount
        let batch = max(1, min(count, max(2, min(16, ArchivePacking.memory / (2 * chunkByteCount)))))
        let packers = try (0..<batch).map { _ in
            try ChunkPacker(
                byteCount: chunkByteCount, elementSize: field.element.byteCount,
                plainLimit: ArchivePacking.memory / (2 * batch), scratch: scratch)
        }
        for first in stride(from: 0, to: count, by: batch) {
            let end = min(first + batch, count)
            DispatchQueue.concurrentPerform(iterations: end - first) { index in
                packers[index].pack(chunk(first + index, of: file, from: offset))
            }
            for packer in packers[..<(end - first)] { try writer.append(packer.packed) }
        }
        return try writer.finish()
    }

    /// The frames of a chunk; the last one may have fewer.
    private func chunk(_ number: Int, of file: MappedFile, from offset: Int) -> UnsafeRawBufferPointer {
        let begin = number * framesPerChunk
        let start = offset + begin * field.frameByteCount
        let byteCount = min(framesPerChunk, frames - begin) * field.frameByteCount
        return UnsafeRawBufferPointer(rebasing: file.bytes[start..<(start + byteCount)])
    }

    /// The frames of a packed chunk; nil where the bytes are no such chunk.
    static func unpack(_ bytes: UnsafeRawBufferPointer, byteCount: Int, elementSize size: Int) -> [UInt8]? {
        guard let decompressor = libdeflate_alloc_decompressor() else { preconditionFailure("out of memory") }
        defer { libdeflate_free_decompressor(decompressor) }
        var isWhole = false
        let shuffled = [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
            var count = 0
            let status = libdeflate_zlib_decompress(
                decompressor, bytes.baseAddress, bytes.count, buffer.baseAddress, byteCount, &count)
            isWhole = status == LIBDEFLATE_SUCCESS && count == byteCount
            filled = isWhole ? byteCount : 0
        }
        guard isWhole, size > 1 else { return isWhole ? shuffled : nil }
        let elements = byteCount / size
        return [UInt8](unsafeUninitializedCapacity: byteCount) { buffer, filled in
            for place in 0..<size {
                for element in 0..<elements { buffer[element * size + place] = shuffled[place * elements + element] }
            }
            filled = byteCount
        }
    }
}

/// Shuffles and deflates chunks of one size, one at a time.
///
/// `@unchecked Sendable`: one thread packs while no other looks.
private final class ChunkPacker: @unchecked Sendable {
    private let elementSize: Int
    private let shuffled: ScratchMemory
    private let target: ScratchMemory
    private let compressor: OpaquePointer
    private var packedByteCount = 0

    init(byteCount: Int, elementSize: Int, plainLimit: Int, scratch: String) throws {
        guard let compressor = libdeflate_alloc_compressor(Int32(ArchivePacking.level)) else {
            preconditionFailure("out of memory")
        }
        self.compressor = compressor
        self.elementSize = elementSize
        shuffled = try ScratchMemory(byteCount: byteCount, folder: scratch, plainLimit: plainLimit)
        target = try ScratchMemory(
            byteCount: libdeflate_zlib_compress_bound(compressor, byteCount), folder: scratch, plainLimit: plainLimit)
    }

    deinit { libdeflate_free_compressor(compressor) }

    /// The chunk packed last; valid until the next.
    var packed: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: target.bytes[..<packedByteCount]) }

    /// Packs frames; zeros stand behind them where they are fewer than a chunk has.
    func pack(_ frames: UnsafeRawBufferPointer) {
        let planes = shuffled.bytes
        let (length, count) = (planes.count / elementSize, frames.count / elementSize)
        for place in 0..<elementSize {
            let plane = UnsafeMutableRawBufferPointer(rebasing: planes[(place * length)..<((place + 1) * length)])
            for element in 0..<count { plane[element] = frames[element * elementSize + place] }
            plane[count...].initializeMemory(as: UInt8.self, repeating: 0)
        }
        packedByteCount = libdeflate_zlib_compress(
            compressor, planes.baseAddress, planes.count, target.bytes.baseAddress, target.bytes.count)
    }
}
