internal import SpaceTime

/// Where one RADOLAN frame lies and what its header says of it.
struct RADOLANFrame: Hashable, Sendable {
    /// Position in the list of files.
    var file: Int
    /// Position among the members of the file.
    var member: Int
    /// Seconds since 1970, UTC: of the header, and with the lead time added.
    var start: Int64
    var time: Int64
}

/// The headers of all RADOLAN files under the user's paths.
struct RADOLANScan: Sendable {
    /// The frames of one layout, as found.
    struct Found: Sendable {
        var frames: [RADOLANFrame] = []
        /// The file and member where the layout was met first.
        var place: String
        var formatVersion: Int
    }

    private(set) var found: [RADOLANHeader.Layout: Found] = [:]
    private(set) var skipped: [Survey.Skipped] = []
    /// Whether a file is one frame and no archive, by position in the list of files.
    private(set) var isSingle: [Bool] = []

    static let limits = ArchiveLimits(memberBytes: RADOLANHeader.limit + 2 * RADOLANHeader.cellLimit)

    /// Reads the headers; archives are gone through to their end.
    init(_ files: [Survey.Source], threads: Int) throws(ReaderError) {
        // In parts, so that the results of the threads do not all wait in memory.
        for start in stride(from: 0, to: files.count, by: 4096) {
            let part = start..<min(files.count, start + 4096)
            let results = try RainNetWorkers.map(part.count, threads: threads) { (index) throws(ReaderError) in
                try RADOLANScan.look(at: files[part.lowerBound + index])
            }
            for (offset, result) in results.enumerated() { take(result, file: part.lowerBound + offset) }
        }
    }

    private mutating func take(_ result: FileResult, file: Int) {
        isSingle.append(result.isSingle)
        skipped.append(contentsOf: result.skipped)
        for (member, name, header) in result.headers {
            let frame = RADOLANFrame(file: file, member: member, start: header.time, time: header.validTime)
            let empty = Found(place: name, formatVersion: header.formatVersion)
            found[header.layout, default: empty].frames.append(frame)
        }
    }

    private struct FileResult: Sendable {
        var headers: [(member: Int, name: String, RADOLANHeader)] = []
        var skipped: [Survey.Skipped] = []
        var isSingle = false
    }

    private static func look(at source: Survey.Source) throws(ReaderError) -> FileResult {
        var result = FileResult()
        let scanner = try ArchiveFile(path: source.path, limits: limits).scanner()
        result.isSingle = !scanner.isContainer
        while let member = try scanner.next() {
            let name = result.isSingle ? source.name : "\(source.name)/\(member.name)"
            if let header = try header(of: member, path: place(of: member, source.path, isSingle: result.isSingle)) {
                result.headers.append((member.index, name, header))
            } else {
                result.skipped.append(.init(name, reason: "no RADOLAN file"))
            }
        }
        result.skipped += scanner.skipped.map { .init("\(source.name)/\($0.what)", reason: $0.reason) }
        return result
    }

    /// The file, and for an archive the member, for messages.
    private static func place(of member: ArchiveMember, _ path: String, isSingle: Bool) -> String {
        isSingle ? path : "\(path):\(member.name)"
    }

    /// nil for what does not look like RADOLAN, neither by content nor by name.
    private static func header(of member: ArchiveMember, path: String) throws(ReaderError) -> RADOLANHeader? {
        guard RADOLANHeader.isLikely(member.prefix) || isNamedLikeRADOLAN(member.name) else {
            if !isNamedLikeArchive(member.name) { return nil }
            throw ReaderError(.damaged, "is no archive, though it is named like one; get the file again", path: path)
        }
        let header = try RADOLANHeader(member.bytes(atMost: RADOLANHeader.limit), path: path)
        if let count = member.byteCount, count != header.fileByteCount {
            throw ReaderError(
                .damaged, "has \(count) bytes, but its header says BY \(header.fileByteCount); get the file again",
                path: path)
        }
        return header
    }

    /// `raa01-ry_10000-…-dwd---bin` and `DE1200_RV…`, the names that DWD gives.
    static func isNamedLikeRADOLAN(_ name: String) -> Bool {
        let last = name.split(separator: "/").last ?? ""
        return last.hasPrefix("raa01-") && last.contains("-dwd---bin") || last.hasPrefix("DE1200_RV")
    }

    /// What still has such an ending after unpacking is damaged: otherwise it would have been unpacked.
    private static func isNamedLikeArchive(_ name: String) -> Bool {
        [".gz", ".bz2", ".xz", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".zip"].contains { name.hasSuffix($0) }
    }
}
