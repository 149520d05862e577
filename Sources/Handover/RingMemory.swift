internal import CProcess
internal import Glibc
internal import SpaceTime

/// The ring of frames as one process sees it.
///
/// It begins at a boundary of large pages: where the system has them, a slot is few runs of memory, which the disk takes in as few
/// requests.
struct RingMemory: ~Copyable {
    private static let largePage = 2 << 20

    let shape: RingShape
    private let base: UnsafeMutableRawPointer

    /// - Parameter isWritten: whether this process may write.
    init(_ shape: RingShape, file: Int32, isWritten: Bool) throws(ReaderError) {
        let room = shape.byteCount + Self.largePage
        let start = mmap(nil, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
        guard let start, start != MAP_FAILED else {
            throw .systemFault("mmap of room for the ring of frames")
        }
        let protection = isWritten ? PROT_READ | PROT_WRITE : PROT_READ
        let begin = start.alignedUp(toMultipleOf: Self.largePage)
        guard mmap(begin, shape.byteCount, protection, MAP_SHARED | MAP_FIXED, file, 0) == begin else {
            munmap(start, room)
            throw .systemFault("mmap of the ring of frames")
        }
        self.shape = shape
        base = begin
        // What lies before and behind goes back.
        if begin > start { munmap(start, begin - start) }
        let end = begin + (shape.byteCount + 4095) / 4096 * 4096
        if start + room > end { munmap(end, start + room - end) }
    }

    deinit { munmap(base, shape.byteCount) }

    /// Puts large pages behind a slot, where there are any.
    func gather(slot: Int) { cprocess_gather(base + slot * shape.slotByteCount, shape.slotByteCount) }

    subscript(slot: Int, byteCount: Int) -> UnsafeMutableRawBufferPointer {
        UnsafeMutableRawBufferPointer(start: base + slot * shape.slotByteCount, count: byteCount)
    }
}
