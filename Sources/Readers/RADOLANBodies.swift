internal import SpaceTime

/// Fetches the bodies of RADOLAN frames from files and archives.
///
/// An archive that lies in the order of time is gone through once. One that does not is unpacked into a scratch file as
/// soon as going back has become a habit.
final class RADOLANBodies {
    private let files: [Survey.Source]
    private let isSingle: [Bool]
    private let layout: RADOLANHeader.Layout
    private let scratch: String
    /// Archives that are being gone through, the one used last at the end.
    private var cursors: [Cursor] = []
    private var goingsBack: [Int: Int] = [:]
    private var spools: [RADOLANSpool] = []

    private final class Cursor {
        let file: Int
        let scanner: ArchiveScanner
        var nextMember = 0

        init(_ file: Int, _ scanner: ArchiveScanner) {
            self.file = file
            self.scanner = scanner
        }
    }

    init(_ files: [Survey.Source], isSingle: [Bool], layout: RADOLANHeader.Layout, scratch: String) {
        self.files = files
        self.isSingle = isSingle
        self.layout = layout
        self.scratch = scratch
    }

    /// Whether the frame can be fetched by `single` from any thread.
    func isAlone(_ frame: RADOLANFrame) -> Bool { isSingle[frame.file] }

    /// The body of a frame that is a file of its own. Changes nothing here: may be called from several threads.
    static func single(
        _ frame: RADOLANFrame, of source: Survey.Source, _ layout: RADOLANHeader.Layout,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let scanner = try ArchiveFile(path: source.path, limits: RADOLANScan.limits).scanner()
        guard let member = try scanner.next() else { throw changed(source.path) }
        try read(member, time: frame.time, layout, path: source.path, into: buffer)
    }

    /// The body of any frame. For archives quickest in stored order.
    func fetch(_ frame: RADOLANFrame, into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) {
        let source = files[frame.file]
        if isAlone(frame) { return try RADOLANBodies.single(frame, of: source, layout, into: buffer) }
        if let spool = try spool(of: frame) { return try spool.read(frame.member, into: buffer) }
        let cursor = try cursor(for: frame)
        while let member = try cursor.scanner.next() {
            cursor.nextMember = member.index + 1
            guard member.index == frame.member else { continue }
            let path = "\(source.path):\(member.name)"
            return try RADOLANBodies.read(member, time: frame.time, layout, path: path, into: buffer)
        }
        throw RADOLANBodies.changed(source.path)
    }

    /// A cursor at or before the frame.
    private func cursor(for frame: RADOLANFrame) throws(ReaderError) -> Cursor {
        if let place = cursors.firstIndex(where: { $0.file == frame.file }) {
            let cursor = cursors.remove(at: place)
            if cursor.nextMember <= frame.member {
                cursors.append(cursor)
                return cursor
            }
            goingsBack[frame.file, default: 0] += 1
        }
        if cursors.count == 4 { cursors.removeFirst() }
        let file = ArchiveFile(path: files[frame.file].path, limits: RADOLANScan.limits)
        let cursor = Cursor(frame.file, try file.scanner())
        cursors.append(cursor)
        return cursor
    }

    /// The scratch file of an archive that is not in order; nil while it seems to be.
    private func spool(of frame: RADOLANFrame) throws(ReaderError) -> RADOLANSpool? {
        if let spool = spools.first(where: { $0.file == frame.file }) { return spool }
        guard goingsBack[frame.file, default: 0] > 1 else { return nil }
        cursors.removeAll { $0.file == frame.file }
        if spools.count == 2 { spools.removeFirst() }
        let spool = try RADOLANSpool(frame.file, of: files[frame.file], layout, in: scratch)
        spools.append(spool)
        return spool
    }

    /// Reads header and body, and makes sure that they are those that were surveyed and that nothing follows.
    static func read(
        _ member: ArchiveMember, time: Int64, _ layout: RADOLANHeader.Layout, path: String,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let start = try member.bytes(atMost: RADOLANHeader.limit)
        let header = try RADOLANHeader(start, path: path)
        guard header.validTime == time, header.layout == layout else { throw changed(path) }
        try readBody(of: member, behind: start, header, path: path, into: buffer)
    }

    /// The body, of which a part may have been read with the header.
    static func readBody(
        of member: ArchiveMember, behind start: [UInt8], _ header: RADOLANHeader, path: String,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let known = start[header.byteCount...]
        guard known.count <= buffer.count else { throw wrongLength(header, path) }
        known.withUnsafeBytes { buffer.copyMemory(from: $0) }
        let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[known.count...])
        guard try member.readAll(into: rest) == rest.count else { throw wrongLength(header, path) }
        try member.finish()
    }

    private static func wrongLength(_ header: RADOLANHeader, _ path: String) -> ReaderError {
        ReaderError(
            .damaged, "does not have the \(header.fileByteCount) bytes that its header says (BY); get the file again",
            path: path)
    }

    static func changed(_ path: String) -> ReaderError {
        ReaderError(.damaged, "changed while it was being ingested; start again", path: path)
    }
}
