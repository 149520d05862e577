package import SpaceTime

/// Goes once through all regular files of an archive, inner archives included, in the order they are stored.
///
/// A file that is no archive is its own only member. Memory: some 100 KB a layer.
package final class ArchiveScanner {
    /// Links, devices and the like that were passed over so far.
    package private(set) var skipped: [Survey.Skipped] = []
    /// Whether the file is a container of members, compressed or not, rather than one member itself.
    package private(set) var isContainer = false
    private let path: String
    private let limits: ArchiveLimits
    private let opensInner: Bool
    private let budget: ArchiveBudget
    private var layers: [ArchiveContainer] = []
    /// The file as its own member, before it is given.
    private var only: (name: String, content: ArchivePeek, byteCount: Int?)?
    private var count = 0

    init(path: String, limits: ArchiveLimits, opensInner: Bool) throws(ReaderError) {
        self.path = path
        self.limits = limits
        self.opensInner = opensInner
        let file = try ArchiveFileBytes(path: path)
        budget = ArchiveBudget(limits, fileByteCount: file.byteCount, path: path)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        try enter(file, name: name, byteCount: file.byteCount, isOutermost: true)
        isContainer = only == nil
    }

    /// The next member; nil at the end.
    /// - Throws: `.damaged` for what is cut off, lies or climbs out; `.system` where the file cannot be read.
    package func next() throws(ReaderError) -> ArchiveMember? {
        while true {
            if let found = only {
                only = nil
                return member(found.name, found.content, found.byteCount)
            }
            guard let layer = layers.last else { return nil }
            if let entry = try layer.next() {
                try enter(layer.bytesOfEntry(), name: entry.name, byteCount: entry.byteCount, isOutermost: false)
            } else {
                skipped.append(contentsOf: layer.skipped)
                layers.removeLast()
            }
        }
    }

    /// Unwraps what is compressed; puts a container on the stack, anything else into `only`.
    private func enter(
        _ source: any ArchiveBytes, name: String, byteCount: Int?, isOutermost: Bool
    ) throws(ReaderError) {
        var content = try ArchivePeek(source)
        var name = name
        var byteCount = byteCount
        var kind = ArchiveKind(prefix: content.prefix)
        var depth = layers.count
        while kind != .none, isOutermost || opensInner {
            depth += 1
            guard depth <= limits.depth else {
                throw ReaderError(.damaged, "archives lie more than \(limits.depth) deep in each other", path: path)
            }
            guard kind.isFilter else {
                return try push(kind, content, name: isOutermost ? "" : name)
            }
            content = try ArchivePeek(unpacked(kind, content))
            name = kind.unwrapped(name)
            byteCount = nil
            kind = ArchiveKind(prefix: content.prefix)
        }
        only = (name, content, byteCount)
    }

    private func unpacked(_ kind: ArchiveKind, _ content: ArchivePeek) throws(ReaderError) -> any ArchiveBytes {
        kind == .gzip
            ? try ArchiveGzip(content, budget: budget)
            : try ArchiveFilter(kind, content, budget: budget)
    }

    private func push(_ kind: ArchiveKind, _ content: ArchivePeek, name: String) throws(ReaderError) {
        let source: any ArchiveBytes = kind == .zip ? try seekable(content) : content
        layers.append(try ArchiveContainer(kind, source, name: name, budget: budget))
    }

    /// A zip archive is read from its end: one that lies in a file as it is, or else in memory.
    private func seekable(_ content: ArchivePeek) throws(ReaderError) -> any ArchiveBytes {
        if let file = content.inner as? any SeekableArchiveBytes {
            file.position = 0
            return file
        }
        let bytes = try content.bytes(atMost: limits.memberBytes)
        guard bytes.count < limits.memberBytes else {
            throw ReaderError(
                .damaged,
                "holds a zip archive of \(limits.memberBytes) bytes or more inside another archive; unpack it",
                path: path)
        }
        return ArchiveMemoryBytes(bytes)
    }

    private func member(_ name: String, _ content: ArchivePeek, _ byteCount: Int?) -> ArchiveMember {
        defer { count += 1 }
        return ArchiveMember(
            name: name, index: count, byteCount: byteCount, content: content, limits: limits, path: path)
    }
}
