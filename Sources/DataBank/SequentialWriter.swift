internal import CKernels
internal import Glibc

/// Writes bytes one behind the other past the page cache where the file system allows it: the disk gets them at once, and the
/// raw files that are being read stay in memory.
package final class SequentialWriter {
    private static let alignment = 4096

    private let path: String
    /// Through the page cache.
    private let descriptor: Int32
    /// Past it; -1 where that cannot be done (any more).
    private var direct: Int32
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: alignment)
    /// Bytes in `buffer`, and where in the file they belong.
    private var held = 0
    private var offset: Int

    /// - Parameter offset: where the first byte goes, a multiple of 4096.
    package init(_ descriptor: Int32, path: String, from offset: Int, pastCache: Bool = true) {
        self.path = path
        self.descriptor = descriptor
        self.offset = offset
        direct = pastCache ? ck_open_direct(path) : -1
    }

    deinit {
        if direct >= 0 { close(direct) }
        buffer.deallocate()
    }

    /// Bytes that lie in memory as they will lie on disk, at the same place within a block, are written from where they are.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(BankError) {
        guard direct >= 0 else { return try writeBuffered(bytes) }
        let alignment = Self.alignment
        var rest = bytes
        let gap = (alignment - held % alignment) % alignment
        if rest.count >= gap + alignment, (Int(bitPattern: rest.baseAddress) + gap) % alignment == 0 {
            try hold(UnsafeRawBufferPointer(rebasing: rest[..<gap]))
            try flush()
            let whole = (rest.count - gap) / alignment * alignment
            let body = UnsafeRawBufferPointer(rebasing: rest[gap..<(gap + whole)])
            try Disk.write(body, to: direct, at: offset, path: path)
            offset += whole
            rest = UnsafeRawBufferPointer(rebasing: rest[(gap + whole)...])
        }
        try hold(rest)
    }

    private func hold(_ bytes: UnsafeRawBufferPointer) throws(BankError) {
        var rest = bytes
        while rest.count > 0 {
            let part = UnsafeRawBufferPointer(rebasing: rest[..<min(rest.count, buffer.count - held)])
            UnsafeMutableRawBufferPointer(rebasing: buffer[held...]).copyMemory(from: part)
            held += part.count
            rest = UnsafeRawBufferPointer(rebasing: rest[part.count...])
            if held == buffer.count { try flush() }
        }
    }

    /// Writes what is held: whole blocks past the cache, the rest through it. No more is held afterwards.
    package func flush() throws(BankError) {
        let whole = held / Self.alignment * Self.alignment
        let bytes = UnsafeRawBufferPointer(buffer)
        if whole > 0 {
            try Disk.write(UnsafeRawBufferPointer(rebasing: bytes[..<whole]), to: direct, at: offset, path: path)
        }
        if whole < held {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[whole..<held])
            try Disk.write(rest, to: descriptor, at: offset + whole, path: path)
            stopDirect()
        }
        offset += held
        held = 0
    }

    /// Goes on at an earlier place; from here on through the page cache.
    func moveBack(to offset: Int) throws(BankError) {
        try flush()
        stopDirect()
        self.offset = offset
    }

    private func writeBuffered(_ bytes: UnsafeRawBufferPointer) throws(BankError) {
        try Disk.write(bytes, to: descriptor, at: offset, path: path)
        ck_start_writeback(descriptor, Int64(offset), Int64(bytes.count))
        offset += bytes.count
    }

    private func stopDirect() {
        if direct >= 0 { close(direct) }
        direct = -1
    }
}
