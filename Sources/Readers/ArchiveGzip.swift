internal import CArchive
internal import SpaceTime

/// A gzip stream unpacked: one or more members behind each other, each with its checksum and length compared.
final class ArchiveGzip: ArchiveBytes {
    private let source: any ArchiveBytes
    private let budget: ArchiveBudget
    private let stream: UnsafeMutablePointer<z_stream>
    private let input: UnsafeMutableRawBufferPointer
    private var isFinished = false

    init(_ source: any ArchiveBytes, budget: ArchiveBudget) throws(ReaderError) {
        self.source = source
        self.budget = budget
        stream = UnsafeMutablePointer.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        let size = Int32(MemoryLayout<z_stream>.size)
        // 16: a gzip header is demanded; 15: the largest window.
        guard inflateInit2_(stream, 16 + 15, ZLIB_VERSION, size) == Z_OK else {
            throw ReaderError(.system, "zlib cannot be set up: not enough memory", path: budget.path)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
        let wanted = min(buffer.count, 1 << 30)
        guard !isFinished, wanted > 0 else { return 0 }
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(wanted)
        while Int(stream.pointee.avail_out) == wanted, !isFinished { try step() }
        let got = wanted - Int(stream.pointee.avail_out)
        try budget.charge(got)
        return got
    }

    private func step() throws(ReaderError) {
        if stream.pointee.avail_in == 0, try !refill() { throw damage("ends too early") }
        switch inflate(stream, Z_NO_FLUSH) {
        case Z_OK, Z_BUF_ERROR: return
        case Z_STREAM_END: try beginNextMember()
        case Z_MEM_ERROR: throw ReaderError(.system, "not enough memory to unpack", path: budget.path)
        default: throw damage(stream.pointee.msg.map { String(cString: $0) } ?? "cannot be unpacked")
        }
    }

    private func refill() throws(ReaderError) -> Bool {
        let got = try source.read(into: input)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(got)
        return got > 0
    }

    /// Behind a member comes another one, zeros as padding, or nothing.
    private func beginNextMember() throws(ReaderError) {
        while true {
            if stream.pointee.avail_in == 0, try !refill() {
                isFinished = true
                return
            }
            guard let next = stream.pointee.next_in, next.pointee == 0 else { break }
            stream.pointee.next_in = next + 1
            stream.pointee.avail_in -= 1
        }
        guard inflateReset(stream) == Z_OK else { throw damage("cannot be unpacked") }
    }

    private func damage(_ what: String) -> ReaderError {
        ReaderError(.damaged, "the gzip stream is damaged (\(what)); get the file again", path: budget.path)
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }
}
