internal import CDeflate
internal import CKernels
internal import Dispatch
internal import SpaceTime
internal import Synchronization

/// Packs frames into chunks as HDF5's filters shuffle and deflate do, on all processors.
struct ArchivePacking {
    /// libdeflate's level: close to zlib's 6 in size, several times as fast.
    static let level = 6
    /// Frames of about this many bytes make a chunk: small enough for a window, large enough to pack well.
    private static let chunkBytes = 256 << 10

    let field: Field
    let frames: Int
    let framesPerChunk: Int

    init(field: Field, frames: Int) {
        self.field = field
        self.frames = frames
        framesPerChunk = max(1, min(frames, ArchivePacking.chunkBytes / field.frameByteCount))
    }

    /// Packs the frames that begin at `offset` of a file. Returns offset and size of each chunk in the archive.
    func pack(_ file: MappedFile, from offset: Int, into writer: any ArchiveWriter) throws
        -> [(offset: Int, byteCount: Int)]
    {
        let count = (frames + framesPerChunk - 1) / framesPerChunk
        let batch = 16
        for first in stride(from: 0, to: count, by: batch) {
            let packed = Mutex([Int: [UInt8]]())
            let end = min(first + batch, count)
            DispatchQueue.concurrentPerform(iterations: end - first) { index in
                let bytes = pack(chunk(first + index, of: file, from: offset))
                packed.withLock { $0[index] = bytes }
            }
            for index in 0..<(end - first) {
                let bytes = packed.withLock { $0[index] ?? [] }
                try bytes.withUnsafeBytes { try writer.append($0) }
            }
        }
        return try writer.finish()
    }

    /// The frames of a chunk, padded with zeros behind the last frame.
    private func chunk(_ number: Int, of file: MappedFile, from offset: Int) -> [UInt8] {
        let begin = number * framesPerChunk
        let count = min(framesPerChunk, frames - begin)
        let start = offset + begin * field.frameByteCount
        let bytes = Array(file.bytes[start..<(start + count * field.frameByteCount)])
        return bytes + [UInt8](repeating: 0, count: (framesPerChunk - count) * field.frameByteCount)
    }

    private func pack(_ bytes: [UInt8]) -> [UInt8] {
        let size = field.element.byteCount
        var shuffled = bytes
        if size > 1 {
            let elements = bytes.count / size
            for place in 0..<size {
                for element in 0..<elements { shuffled[place * elements + element] = bytes[element * size + place] }
            }
        }
        guard let compressor = libdeflate_alloc_compressor(Int32(ArchivePacking.level)) else {
            preconditionFailure("out of memory")
        }
        defer { libdeflate_free_compressor(compressor) }
        let bound = libdeflate_zlib_compress_bound(compressor, shuffled.count)
        return [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
            filled = libdeflate_zlib_compress(compressor, shuffled, shuffled.count, buffer.baseAddress, bound)
        }
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
