package import ArrayFiles
internal import Glibc
package import SpaceTime

/// The arrays in an npz file, which is a zip archive of npy files.
///
/// An array is unpacked to a scratch file when it is first asked for, and stays there while this lives. For one caller at a time.
package final class NPZFile {
    package struct Entry: Hashable, Sendable {
        /// Without `.npy`.
        package let name: String
        /// nil where the array cannot be read.
        package let header: NPYHeader?
        /// Why it cannot.
        package let fault: ReaderError?
        fileprivate let index: Int
    }

    package let path: String
    /// In the order they are stored.
    package let entries: [Entry]
    private var unpacked: [Int: RegularFile] = [:]

    /// - Throws: `.damaged` where it is no readable zip archive; members that are no readable arrays stand in `entries`.
    package init(path: String) throws(ReaderError) {
        self.path = path
        let scanner = try ArchiveFile(
            path: path, limits: ArchiveLimits(memberBytes: CheckedSize.limit), opensInner: false
        ).scanner()
        guard scanner.isContainer else { throw ReaderError(.damaged, "is no npz file (not a zip archive)", path: path) }
        var entries: [Entry] = []
        while let member = try scanner.next() {
            guard member.name.hasSuffix(".npy") else { continue }
            guard entries.count < 1_000_000 else {
                throw ReaderError(.damaged, "has more than a million arrays", path: path)
            }
            entries.append(try NPZFile.entry(member, path: path))
        }
        self.entries = entries
    }

    private static func entry(_ member: ArchiveMember, path: String) throws(ReaderError) -> Entry {
        let name = String(member.name.dropLast(4))
        let place = "\(path):\(name)"
        let bytes = try member.bytes(atMost: NPYHeader.limit)
        do throws(ReaderError) {
            let header = try NPYHeader(bytes, path: place)
            if let stated = member.byteCount, stated != header.byteCount {
                throw ReaderError(.damaged, "declares \(header.byteCount) bytes, the archive \(stated)", path: place)
            }
            return Entry(name: name, header: header, fault: nil, index: member.index)
        } catch {
            return Entry(name: name, header: nil, fault: error, index: member.index)
        }
    }

    package subscript(name: String) -> Entry? { entries.first { $0.name == name } }

    /// The array as a source of boxes.
    ///
    /// - Parameter scratch: a folder for the unpacked bytes.
    package func source(of entry: Entry, scratch: String) throws(ReaderError) -> any ArraySource {
        guard let header = entry.header else {
            throw entry.fault ?? ReaderError(.damaged, "cannot be read", path: "\(path):\(entry.name)")
        }
        return try header.source(in: file(entry, header, scratch), place: "\(path):\(entry.name)")
    }

    private func file(_ entry: Entry, _ header: NPYHeader, _ scratch: String) throws(ReaderError) -> RegularFile {
        if let file = unpacked[entry.index] { return file }
        let archive = ArchiveFile(
            path: path, limits: ArchiveLimits(memberBytes: header.byteCount), opensInner: false)
        guard let member = try archive.member(at: entry.index) else {
            throw ReaderError(.damaged, "changed while it was read: `\(entry.name)` is gone", path: path)
        }
        let name = "\(scratch)/npz-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        defer { unlink(name) }
        try member.extract(to: name)
        let file = try RegularFile(path: name)
        guard file.byteCount == header.byteCount else {
            throw ReaderError(
                .damaged, "declares \(header.byteCount) bytes but holds \(file.byteCount)",
                path: "\(path):\(entry.name)")
        }
        unpacked[entry.index] = file
        return file
    }
}
