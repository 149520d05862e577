internal import CStream
internal import DataBank
internal import Glibc
internal import SpaceTime
internal import Synchronization

/// A payload file that is read while others may do as they like with it: found out when it was changed, cut off or
/// put in another's place.
final class StreamedFile: Sendable {
    let path: String
    var bytes: UnsafeRawBufferPointer { map.bytes }
    let file: Record.PayloadFile
    private let map: MappedFile
    private let stamp: Stamp
    private let lastCheck = Atomic<Int>(0)

    private struct Stamp: Hashable {
        var inode: UInt64
        var size: Int
        var seconds: Int
        var nanoseconds: Int
    }

    /// - Throws: `.damaged` where size or header are not what the record says.
    init(_ dataset: Dataset, _ number: Int) throws(BankError) {
        file = dataset.record.payload[number]
        path = dataset.path(of: file)
        map = try MappedFile(path)
        guard let stamp = try StreamedFile.stamp(of: path) else {
            throw BankError(.damaged, "the file is not there", path: path)
        }
        self.stamp = stamp
        guard bytes.count == file.size, stamp.size == file.size else {
            throw BankError(
                .damaged, "has \(bytes.count) bytes instead of \(file.size); run `stbank verify`", path: path)
        }
        let header = file.packing == .contiguous ? file.offset : min(4096, file.size)
        guard header >= 0, header <= file.size,
            XXH3.text(of: UnsafeRawBufferPointer(rebasing: bytes[0..<header])) == file.header
        else { throw BankError(.damaged, "the header is not what the record says; run `stbank verify`", path: path) }
        guard isLaidOut(for: dataset.identity.fields[file.field]) else {
            throw BankError(.damaged, "the record places frames outside the file; run `stbank verify`", path: path)
        }
        posix_madvise(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count, POSIX_MADV_RANDOM)
    }

    /// Whether all frames lie inside the file.
    private func isLaidOut(for field: Field) -> Bool {
        switch file.packing {
        case .contiguous:
            let (size, tooLarge) = file.frames.multipliedReportingOverflow(by: field.frameByteCount)
            return file.frames >= 0 && !tooLarge && size <= file.size - file.offset
                && file.offset % field.element.byteCount == 0
        case .archive:
            guard let frames = file.chunkFrames, let chunks = file.chunks, frames > 0, chunks.count % 2 == 0 else {
                return false
            }
            let count = (file.frames + frames - 1) / frames
            return chunks.count / 2 == count
                && (0..<count).allSatisfy {
                    let (offset, size) = (chunks[2 * $0], chunks[2 * $0 + 1])
                    return offset >= 0 && size >= 0 && size <= file.size && offset <= file.size - size
                }
        }
    }

    /// Where `count` frames begin in a contiguous file.
    func frames(at position: Int, count: Int, frameBytes: Int) -> UnsafeRawPointer? {
        bytes.baseAddress.map { $0 + file.offset + position * frameBytes }
    }

    /// Looks whether the file is still the one that was opened, at most a hundred times a second.
    func check() throws(BankError) {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC_COARSE, &now)
        let ticks = now.tv_sec * 100 + now.tv_nsec / 10_000_000
        guard lastCheck.exchange(ticks, ordering: .relaxed) != ticks else { return }
        // A name that is gone takes nothing away: the map holds the file.
        if let found = try StreamedFile.stamp(of: path), found != stamp { throw changed() }
    }

    /// Copies bytes out; a file that has become shorter than its map is an error, not a crash.
    func copy(_ offset: Int, _ count: Int, into room: UnsafeMutableRawPointer) throws(BankError) {
        guard count > 0 else { return }
        guard offset >= 0, count <= bytes.count - offset, let start = bytes.baseAddress else {
            throw BankError(.damaged, "the record places numbers outside the file; run `stbank verify`", path: path)
        }
        guard cs_copy_mapped(room, start + offset, count) == 0 else { throw changed() }
    }

    func changed() -> BankError {
        BankError(
            .damaged, "the file was changed, cut off or replaced while it was read; run `stbank verify`", path: path)
    }

    private static func stamp(of path: String) throws(BankError) -> Stamp? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw Disk.failure("look at", path)
        }
        return Stamp(
            inode: UInt64(status.st_ino), size: Int(status.st_size), seconds: status.st_mtim.tv_sec,
            nanoseconds: status.st_mtim.tv_nsec)
    }

    /// Asks the system to read a range ahead.
    func willNeed(_ range: Range<Int>) {
        guard let start = bytes.baseAddress else { return }
        let begin = range.lowerBound & ~4095
        posix_madvise(UnsafeMutableRawPointer(mutating: start + begin), range.upperBound - begin, POSIX_MADV_WILLNEED)
    }
}
