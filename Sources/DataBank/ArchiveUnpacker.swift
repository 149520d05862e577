internal import CDeflate
internal import CKernels

/// Unpacks chunks of an archive: deflate, then shuffle undone. One for each thread.
package final class ArchiveUnpacker {
    private let decompressor: OpaquePointer
    private var shuffled: [UInt8] = []

    package init() {
        guard let decompressor = libdeflate_alloc_decompressor() else { preconditionFailure("out of memory") }
        self.decompressor = decompressor
    }

    deinit { libdeflate_free_decompressor(decompressor) }

    /// Returns false where the bytes are no chunk of exactly the target's size.
    package func unpack(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer, elementSize: Int)
        -> Bool
    {
        guard elementSize > 1 else { return inflate(bytes, into: target) }
        if shuffled.count < target.count { shuffled = [UInt8](repeating: 0, count: target.count) }
        return shuffled.withUnsafeMutableBytes { room in
            let room = UnsafeMutableRawBufferPointer(rebasing: room[0..<target.count])
            guard inflate(bytes, into: room), let from = room.baseAddress, let to = target.baseAddress else {
                return false
            }
            ckernels_unshuffle(
                to.assumingMemoryBound(to: UInt8.self), from.assumingMemoryBound(to: UInt8.self), target.count,
                elementSize)
            return true
        }
    }

    private func inflate(_ bytes: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer) -> Bool {
        var count = 0
        let status = libdeflate_zlib_decompress(
            decompressor, bytes.baseAddress, bytes.count, target.baseAddress, target.count, &count)
        return status == LIBDEFLATE_SUCCESS && count == target.count
    }
}
