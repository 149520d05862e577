internal import CArchive
internal import SpaceTime

/// A tar or zip archive that is being gone through, perhaps inside another one.
final class ArchiveContainer {
    /// A regular file of the archive.
    struct Entry {
        var name: String
        var byteCount: Int?
    }

    private let handle: ArchiveHandle
    private let kind: ArchiveKind
    private let source: any ArchiveBytes
    private let budget: ArchiveBudget
    /// Where the container lies in the outermost file; empty for that file itself.
    let name: String
    private(set) var skipped: [Survey.Skipped] = []

    init(
        _ kind: ArchiveKind, _ source: any ArchiveBytes, name: String, budget: ArchiveBudget
    ) throws(ReaderError) {
        self.kind = kind
        self.source = source
        self.name = name
        self.budget = budget
        handle = try ArchiveHandle(kind, over: source, path: budget.path)
    }

    /// The next regular file; nil at the end of a whole archive.
    func next() throws(ReaderError) -> Entry? {
        while let entry = try handle.nextEntry() {
            let name = try checkedName(of: entry)
            if let reason = reasonToSkip(entry) {
                skipped.append(Survey.Skipped(name, reason: reason))
            } else if isRegular(entry) {
                let size = archive_entry_size_is_set(entry) != 0 ? Int(archive_entry_size(entry)) : nil
                return Entry(name: name, byteCount: size)
            }
        }
        if kind == .tar { try checkEnd() }
        return nil
    }

    private func isRegular(_ entry: OpaquePointer) -> Bool { archive_entry_filetype(entry) == 0o100000 }

    private func reasonToSkip(_ entry: OpaquePointer) -> String? {
        if archive_entry_hardlink(entry) != nil { return "a link inside an archive" }
        switch archive_entry_filetype(entry) {
        case 0o100000: return archive_entry_is_encrypted(entry) == 1 ? "encrypted" : nil
        case 0o040000: return nil
        case 0o120000: return "a symbolic link inside an archive"
        default: return "neither a file nor a folder"
        }
    }

    /// A name that stays inside the archive.
    private func checkedName(of entry: OpaquePointer) throws(ReaderError) -> String {
        let raw = archive_entry_pathname_utf8(entry) ?? archive_entry_pathname(entry)
        guard let raw else { throw ReaderError(.damaged, "holds a member without a name", path: budget.path) }
        // Old archives hold names in any encoding; letters that are not UTF-8 are replaced.
        let text = String(cString: raw)
        let parts = text.split(separator: "/", omittingEmptySubsequences: true).filter { $0 != "." }
        guard !text.hasPrefix("/"), !parts.contains(".."), !text.contains("\\") else {
            throw ReaderError(
                .damaged, "holds a member `\(text)` that would lie outside the archive", path: budget.path)
        }
        let inside = parts.joined(separator: "/")
        return name.isEmpty ? inside : "\(name)/\(inside)"
    }

    /// A tar archive ends with blocks of zeros; without them it was cut off between two members.
    private func checkEnd() throws(ReaderError) {
        let end = handle.headerPosition
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { buffer.deallocate() }
        while try source.read(into: buffer) > 0 {}
        guard let counted = source as? ArchivePeek, counted.handedOut >= end + 512 else {
            let place = name.isEmpty ? "" : " `\(name)`"
            throw ReaderError(
                .damaged, "the tar archive\(place) has no end mark: it was cut off; get the file again",
                path: budget.path)
        }
    }

    /// The bytes of the entry given last.
    func bytesOfEntry() -> any ArchiveBytes { EntryBytes(handle, kind == .zip ? budget : nil) }

    private final class EntryBytes: ArchiveBytes {
        private let handle: ArchiveHandle
        private let budget: ArchiveBudget?
        private var isFinished = false

        init(_ handle: ArchiveHandle, _ budget: ArchiveBudget?) {
            self.handle = handle
            self.budget = budget
        }

        func read(into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) -> Int {
            if isFinished || buffer.isEmpty { return 0 }
            let got = try handle.readData(into: buffer)
            isFinished = got == 0
            try budget?.charge(got)
            return got
        }
    }
}
