package import SpaceTime

/// A file that may be an archive: plain, gzip, bzip2, xz, tar and zip, and these inside each other.
///
/// All that it holds comes as a stream of members; checksums are compared where the form has them (gzip, bzip2, xz, zip).
/// Names that climb out of the archive, cut-off streams and bombs are `.damaged`; links and devices are passed over.
package struct ArchiveFile: Hashable, Sendable {
    package let path: String
    package let limits: ArchiveLimits
    /// Whether archives and compressed files inside are unpacked too, or given as they are stored.
    package let opensInner: Bool

    package init(path: String, limits: ArchiveLimits, opensInner: Bool = true) {
        self.path = path
        self.limits = limits
        self.opensInner = opensInner
    }

    /// What the file is wrapped in, from its first bytes.
    package static func kind(ofFile path: String) throws(ReaderError) -> ArchiveKind {
        ArchiveKind(prefix: try ArchivePeek(ArchiveFileBytes(path: path)).prefix)
    }

    /// Begins at the first member.
    package func scanner() throws(ReaderError) -> ArchiveScanner {
        try ArchiveScanner(path: path, limits: limits, opensInner: opensInner)
    }

    /// What to do after a member.
    package enum Visit {
        case goOn, stop
    }

    /// Calls `visit` for each member in stored order; returns what was passed over.
    @discardableResult
    package func forEachMember(_ visit: (ArchiveMember) throws -> Visit) throws -> [Survey.Skipped] {
        let scanner = try scanner()
        while let member = try scanner.next() {
            if try visit(member) == .stop { break }
        }
        return scanner.skipped
    }

    /// The member at a position, found by going through those before it; nil where there are fewer.
    package func member(at index: Int) throws(ReaderError) -> ArchiveMember? {
        let scanner = try scanner()
        while let member = try scanner.next() {
            if member.index == index { return member }
        }
        return nil
    }
}
