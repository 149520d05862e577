internal import DataBank
internal import Glibc

/// Page-aligned memory of one batch. Anonymous: it goes with the process, however that ends.
///
/// `@unchecked Sendable`: handed from the threads that fill it to the one that reads it, never both at once.
final class BatchBuffer: @unchecked Sendable {
    let memory: BatchMemory
    private let bytes: UnsafeMutableRawBufferPointer

    /// - Parameters:
    ///   - slots: b.
    ///   - masks: whether missing elements are marked too.
    /// - Throws: `.system` where there is no memory left.
    init(slots: Int, inputs: Int, targets: Int, masks: Bool) throws(BankError) {
        let aligned = { (count: Int) in (count + 4095) & ~4095 }
        let (inputBytes, targetBytes) = (aligned(slots * inputs * 4), aligned(slots * targets * 4))
        let (inputMasks, targetMasks) = masks ? (aligned(slots * inputs), aligned(slots * targets)) : (0, 0)
        let numbers = aligned(slots * 8)
        let total = inputBytes + targetBytes + inputMasks + targetMasks + 5 * numbers
        guard let start = mmap(nil, total, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            start != MAP_FAILED
        else {
            throw BankError(.system, "there is no memory for a batch of \(total >> 20) MiB; take a smaller one")
        }
        bytes = UnsafeMutableRawBufferPointer(start: start, count: total)
        // Large pages where the system has them: fewer address look-ups for whoever reads the batch.
        madvise(start, total, MADV_HUGEPAGE)
        var place = start
        let take = { (count: Int) in
            defer { place += count }
            return place
        }
        var memory = BatchMemory(
            inputs: take(inputBytes).assumingMemoryBound(to: Float.self),
            targets: take(targetBytes).assumingMemoryBound(to: Float.self))
        memory.windows = take(numbers).assumingMemoryBound(to: Int64.self)
        memory.sequences = take(numbers).assumingMemoryBound(to: Int64.self)
        memory.firstFrames = take(numbers).assumingMemoryBound(to: Int64.self)
        memory.copies = take(numbers).assumingMemoryBound(to: Int64.self)
        memory.valid = take(numbers).assumingMemoryBound(to: UInt8.self)
        if masks {
            memory.inputMask = take(inputMasks).assumingMemoryBound(to: UInt8.self)
            memory.targetMask = take(targetMasks).assumingMemoryBound(to: UInt8.self)
        }
        self.memory = memory
    }

    deinit { munmap(bytes.baseAddress, bytes.count) }
}
