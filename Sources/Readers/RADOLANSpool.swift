internal import Glibc
internal import SpaceTime

/// The bodies of an archive's RADOLAN members in a scratch file, for reading in any order. Removed with the process at the latest.
final class RADOLANSpool {
    /// The archive's position in the list of files.
    let file: Int
    private let path: String
    private let bodyByteCount: Int
    private let descriptor: Int32
    /// Where the body of a member lies, in bodies.
    private var slots: [Int: Int] = [:]

    init(
        _ file: Int, of source: Survey.Source, _ layout: RADOLANHeader.Layout, in scratch: String
    ) throws(ReaderError) {
        self.file = file
        path = source.path
        bodyByteCount = layout.bodyByteCount
        descriptor = try RADOLANSpool.scratchFile(in: scratch)
        try fill(from: source, layout)
    }

    /// A file without a name: it goes when it is closed.
    private static func scratchFile(in folder: String) throws(ReaderError) -> Int32 {
        var template = Array("\(folder)/radolan-XXXXXX".utf8CString)
        let named = mkstemp(&template)
        guard named >= 0 else {
            throw ReaderError(.system, "no scratch file can be made: \(String(cString: strerror(errno)))", path: folder)
        }
        unlink(template)
        return named
    }

    private func fill(from source: Survey.Source, _ layout: RADOLANHeader.Layout) throws(ReaderError) {
        let body = UnsafeMutableRawBufferPointer.allocate(byteCount: bodyByteCount, alignment: 16)
        defer { body.deallocate() }
        let scanner = try ArchiveFile(path: path, limits: RADOLANScan.limits).scanner()
        while let member = try scanner.next() {
            let place = "\(path):\(member.name)"
            guard RADOLANHeader.isLikely(member.prefix) else { continue }
            guard try copy(member, layout, place, into: body) else { continue }
            try write(UnsafeRawBufferPointer(body), at: slots.count * bodyByteCount)
            slots[member.index] = slots.count
        }
    }

    /// false where the member has another layout.
    private func copy(
        _ member: ArchiveMember, _ layout: RADOLANHeader.Layout, _ place: String,
        into body: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) -> Bool {
        let start = try member.bytes(atMost: RADOLANHeader.limit)
        let header = try RADOLANHeader(start, path: place)
        guard header.layout == layout else { return false }
        try RADOLANBodies.readBody(of: member, behind: start, header, path: place, into: body)
        return true
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(ReaderError) {
        var written = 0
        while written < bytes.count {
            let from = bytes.baseAddress.map { $0 + written }
            let count = pwrite(descriptor, from, bytes.count - written, off_t(offset + written))
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                throw ReaderError(
                    .system, "the scratch file cannot be written: \(String(cString: strerror(errno)))", path: path)
            }
        }
    }

    /// - Parameter buffer: as large as a body.
    func read(_ member: Int, into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) {
        guard let slot = slots[member] else { throw RADOLANBodies.changed(path) }
        var got = 0
        while got < buffer.count {
            let to = buffer.baseAddress.map { $0 + got }
            let count = pread(descriptor, to, buffer.count - got, off_t(slot * bodyByteCount + got))
            if count > 0 {
                got += count
            } else if count == 0 || errno != EINTR {
                throw ReaderError(.system, "the scratch file cannot be read back", path: path)
            }
        }
    }

    deinit { close(descriptor) }
}
