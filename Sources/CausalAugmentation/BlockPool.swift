internal import Dispatch
internal import SpaceTime
internal import Synchronization

/// Memory for patches on their way to disk: a few blocks that come back, so that a build waits for the disk and its memory is bounded.
///
/// `@unchecked Sendable`: a block is one thread's until it is lent, and comes back when nobody reads it any more.
final class BlockPool: @unchecked Sendable {
    private let free = Mutex<[Block]>([])
    private let left: DispatchSemaphore

    private struct Block: @unchecked Sendable {
        var bytes: UnsafeMutableRawBufferPointer
    }

    init(blocks: Int) { left = DispatchSemaphore(value: blocks) }

    deinit { free.withLock { $0.forEach { $0.bytes.deallocate() } } }

    /// A block of at least so many bytes, as soon as one is back; `lend` or `giveBack` it.
    func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
        left.wait()
        let block = free.withLock { $0.popLast() }
        if let block, block.bytes.count >= count { return block.bytes }
        block?.bytes.deallocate()
        return .allocate(byteCount: (count + 4095) & ~4095, alignment: 4096)
    }

    func giveBack(_ bytes: UnsafeMutableRawBufferPointer) {
        free.withLock { $0.append(Block(bytes: bytes)) }
        left.signal()
    }

    /// Lends some bytes of a block.
    func lend(_ bytes: UnsafeMutableRawBufferPointer, _ range: Range<Int>) -> FrameBlock {
        let block = Block(bytes: bytes)
        return FrameBlock(bytes: UnsafeRawBufferPointer(rebasing: bytes[range])) { [self] in giveBack(block.bytes) }
    }
}

extension FrameBlock {
    /// Some of the bytes; the block is given back when all of its slices are gone too.
    func slice(_ range: Range<Int>) -> FrameBlock {
        FrameBlock(bytes: UnsafeRawBufferPointer(rebasing: bytes[range])) { withExtendedLifetime(self) {} }
    }
}
