/// What a reader process may use before it is ended, so that a file that lies cannot take the machine with it.
package struct ReaderLimits: Hashable, Sendable, Codable {
    /// Private memory in bytes (RLIMIT_DATA); the ring of frames does not count.
    package var memory = 1 << 30
    /// Seconds of processor time for the survey; deliveries get this and more by the size of sources and frames.
    package var processorSeconds = 3600
    /// The largest scratch file in bytes; never more than nine tenths of what is free.
    package var scratchFile = 1 << 40
    package var openFiles = 1024
    /// Seconds without any sign of work, neither a message nor a read or written file, after which the reader is ended.
    package var stall = 300.0
    /// Frames under way at most.
    package var slots = 6
    /// The least size of a slot in bytes; slots are as large as the largest frame.
    package var slotByteCount = 8 << 20
    /// The largest frame in bytes.
    package var frameByteCount = 512 << 20

    package init() {}

    /// How the ring is cut: with large frames fewer slots, so that the ring stays under half a gibibyte where it can.
    func ring(largestFrame: Int) -> RingShape {
        let slotBytes = (max(slotByteCount, largestFrame) + 4095) / 4096 * 4096
        return RingShape(slotCount: max(2, min(slots, (512 << 20) / slotBytes)), slotByteCount: slotBytes)
    }
}

/// The number and size of the slots of a ring; a slot holds some frames of one field.
struct RingShape: Hashable {
    var slotCount: Int
    var slotByteCount: Int

    var byteCount: Int { slotCount * slotByteCount }
}
