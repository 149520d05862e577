internal import CProcess
internal import Glibc
internal import SpaceTime
internal import Synchronization

/// The parent's view of the frames in shared memory: it lends slots to receivers and tells the child when they are free.
///
/// `@unchecked Sendable`: the memory is only read, and who holds a slot is kept under a lock.
final class FrameRing: @unchecked Sendable {
    private let memory: RingMemory
    private let channel: MessageChannel
    private let held: Mutex<[Bool]>

    /// Gives the file its size for good, whatever the child does with it, and maps it.
    init(_ shape: RingShape, file: borrowing Descriptor, channel: MessageChannel) throws(ReaderError) {
        guard ftruncate(file.number, shape.byteCount) == 0 else {
            throw .systemFault("ftruncate of the ring of frames")
        }
        guard cprocess_seal_size(file.number) == 0 else { throw .systemFault("sealing the ring of frames") }
        var status = stat()
        guard fstat(file.number, &status) == 0, Int(status.st_size) == shape.byteCount else {
            throw .protocolFault("the ring of frames has another size")
        }
        memory = try RingMemory(shape, file: file.number, isWritten: false)
        self.channel = channel
        held = Mutex(Array(repeating: false, count: shape.slotCount))
    }

    /// Whether a receiver holds a slot, so that the child may have to wait.
    var isLent: Bool { held.withLock { $0.contains(true) } }

    /// Lends the first bytes of a slot that the child has filled.
    func lend(slot: Int, byteCount: Int) throws(ReaderError) -> FrameBlock {
        let shape = memory.shape
        guard slot < shape.slotCount, byteCount <= shape.slotByteCount else {
            throw .protocolFault(
                "\(byteCount) bytes in slot \(slot) of a ring of \(shape.slotCount) of \(shape.slotByteCount)")
        }
        let isFree = held.withLock { held in
            defer { held[slot] = true }
            return !held[slot]
        }
        guard isFree else { throw .protocolFault("slot \(slot) was not given back") }
        return FrameBlock(bytes: UnsafeRawBufferPointer(memory[slot, byteCount])) { self.takeBack(slot) }
    }

    private func takeBack(_ slot: Int) {
        // First free, then told: the child may fill it at once.
        held.withLock { $0[slot] = false }
        var payload = PayloadWriter()
        payload.append(UInt32(slot))
        channel.send(Message(.giveBack, payload.bytes))
    }
}
