internal import Glibc
package import SpaceTime

/// The regular files under the paths a user gave, sorted by name with numbers compared as numbers.
///
/// Names are relative to the folder given (a file given by itself has its own name), with `/` between. Names that begin
/// with a dot and `__MACOSX` folders are passed over, as a shell does. A symbolic link inside a folder is followed only to a
/// file of that folder; links that lead out or to folders, pipes, sockets and devices are never opened and stand in
/// `skipped`. A file that is found both by itself and through a link counts once.
package struct SourceFiles: Sendable {
    /// How much a walk takes before it gives up.
    package struct Limits: Hashable, Sendable {
        package var depth = 32
        package var count = 5_000_000

        package init(depth: Int = 32, count: Int = 5_000_000) {
            self.depth = depth
            self.count = count
        }
    }

    package private(set) var files: [Survey.Source] = []
    /// What was found and cannot be used, with the reason.
    package private(set) var skipped: [Survey.Skipped] = []
    /// The names of links that lead out of their folder.
    package private(set) var linksOut: Set<String> = []
    private let limits: Limits
    private var met = 0
    /// Links to files, and the files they lead to.
    private var links: [(source: Survey.Source, real: String)] = []

    /// Walks the location's paths.
    /// - Throws: `.usage` where a path does not exist or two files have the same name; `.damaged` beyond the limits;
    ///   `.system` where a folder cannot be read.
    package init(_ location: Location, limits: Limits = Limits()) throws(ReaderError) {
        try self.init(paths: location.paths, limits: limits)
    }

    package init(paths: [String], limits: Limits = Limits()) throws(ReaderError) {
        self.limits = limits
        for path in paths { try add(path) }
        joinLinks()
        files.sort { NaturalOrder.precedes($0.name, $1.name) }
        try removeRepeats()
        skipped.sort { NaturalOrder.precedes($0.what, $1.what) }
    }

    /// The file of a name; nil where there is none. Cost: logarithmic.
    package subscript(name: String) -> Survey.Source? {
        var low = 0
        var high = files.count
        while low < high {
            let middle = (low + high) / 2
            if NaturalOrder.precedes(files[middle].name, name) { low = middle + 1 } else { high = middle }
        }
        return low < files.count && files[low].name == name ? files[low] : nil
    }

    /// Whether a name, or a folder above it, is a link that leads out.
    package func leadsOut(_ name: String) -> Bool {
        if linksOut.isEmpty { return false }
        var prefix = ""
        for part in name.split(separator: "/") {
            prefix += prefix.isEmpty ? String(part) : "/\(part)"
            if linksOut.contains(prefix) { return true }
        }
        return false
    }

    private mutating func add(_ path: String) throws(ReaderError) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            throw ReaderError(.usage, "cannot be opened: \(systemMessage()); check the path", path: path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: files.append(Survey.Source(path: path, name: SourceFiles.lastPart(of: path)))
        case S_IFDIR:
            guard let real = realPath(path) else {
                throw ReaderError(.system, "cannot be resolved: \(systemMessage())", path: path)
            }
            try walk(Folder(path: real, name: "", root: real, depth: 0))
        default: throw ReaderError(.usage, "is neither a file nor a folder; give regular files", path: path)
        }
    }

    /// Takes in the links to files. Of a link and its target the target stays, unless only the link has the file's ending
    /// (stores that keep files under their checksum).
    private mutating func joinLinks() {
        if links.isEmpty { return }
        var positions = Dictionary(files.indices.map { (files[$0].path, $0) }, uniquingKeysWith: { first, _ in first })
        for (link, real) in links.sorted(by: { NaturalOrder.precedes($0.source.name, $1.source.name) }) {
            guard let position = positions[real] else {
                positions[real] = files.count
                files.append(link)
                continue
            }
            let target = files[position]
            let isOnlyContent = SourceFiles.ending(of: target.name) != SourceFiles.ending(of: link.name)
            if isOnlyContent { files[position] = link }
            let (left, kept) = isOnlyContent ? (target.name, link.name) : (link.name, target.name)
            skipped.append(.init(left, reason: "the same file as \(kept)"))
        }
        links = []
    }

    private static func ending(of name: String) -> Substring? {
        let last = name.split(separator: "/").last ?? ""
        return last.lastIndex(of: ".").map { last[$0...] }
    }

    /// The same file named twice counts once; two files of one name are refused.
    private mutating func removeRepeats() throws(ReaderError) {
        var unique: [Survey.Source] = []
        unique.reserveCapacity(files.count)
        for file in files {
            guard let last = unique.last, last.name == file.name else {
                unique.append(file)
                continue
            }
            guard realPath(last.path) == realPath(file.path) else {
                throw ReaderError(
                    .usage, "has the same name `\(file.name)` as \(last.path); give the folder above both",
                    path: file.path)
            }
        }
        files = unique
    }

    private static func lastPart(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}

extension SourceFiles {
    private struct Folder {
        var path: String
        /// Relative to the folder given; empty for itself.
        var name: String
        /// The folder given, without links.
        var root: String
        var depth: Int

        func path(of entry: String) -> String { path.hasSuffix("/") ? path + entry : "\(path)/\(entry)" }
        func name(of entry: String) -> String { name.isEmpty ? entry : "\(name)/\(entry)" }
    }

    private mutating func walk(_ folder: Folder) throws(ReaderError) {
        guard folder.depth < limits.depth else {
            throw ReaderError(.damaged, "folders lie more than \(limits.depth) deep", path: folder.path)
        }
        guard let directory = opendir(folder.path) else {
            throw ReaderError(.system, "cannot be listed: \(systemMessage())", path: folder.path)
        }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let kind = Int32(entry.pointee.d_type)
            let name = withUnsafeBytes(of: entry.pointee.d_name) { raw in
                String(validating: raw.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard let name else {
                skipped.append(.init(folder.name, reason: "holds a file whose name is not UTF-8"))
                continue
            }
            if name.hasPrefix(".") || name == "__MACOSX" { continue }
            try count(in: folder)
            try take(name, kind, in: folder)
        }
    }

    private mutating func count(in folder: Folder) throws(ReaderError) {
        met += 1
        if met > limits.count {
            throw ReaderError(
                .damaged, "holds more than \(limits.count) files; give a smaller folder", path: folder.path)
        }
    }

    private mutating func take(_ entry: String, _ kind: Int32, in folder: Folder) throws(ReaderError) {
        switch kind {
        case Int32(DT_REG): files.append(.init(path: folder.path(of: entry), name: folder.name(of: entry)))
        case Int32(DT_DIR): try walk(inner(entry, in: folder))
        case Int32(DT_LNK): try follow(entry, in: folder)
        case Int32(DT_UNKNOWN): try take(entry, statusKind(of: folder.path(of: entry)), in: folder)
        default: skipped.append(.init(folder.name(of: entry), reason: "neither a file nor a folder"))
        }
    }

    /// `DT_…` by the slower way, for file systems that do not tell it in the listing.
    private func statusKind(of path: String) -> Int32 {
        var status = stat()
        guard lstat(path, &status) == 0 else { return Int32(DT_SOCK) }
        return Int32((status.st_mode & S_IFMT) >> 12)
    }

    private func inner(_ entry: String, in folder: Folder) -> Folder {
        Folder(
            path: folder.path(of: entry), name: folder.name(of: entry), root: folder.root, depth: folder.depth + 1)
    }

    private mutating func follow(_ entry: String, in folder: Folder) throws(ReaderError) {
        let name = folder.name(of: entry)
        guard let real = realPath(folder.path(of: entry)) else {
            skipped.append(.init(name, reason: "a symbolic link to nothing"))
            return
        }
        let root = folder.root.hasSuffix("/") ? folder.root : folder.root + "/"
        guard real.hasPrefix(root) else {
            linksOut.insert(name)
            skipped.append(.init(name, reason: "a symbolic link that leads out of the folder; give its target itself"))
            return
        }
        if statusKind(of: real) == Int32(DT_REG) {
            links.append((Survey.Source(path: folder.path(of: entry), name: name), real))
        } else {
            skipped.append(.init(name, reason: "a symbolic link to something that is not a file"))
        }
    }

    private func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(validatingCString: real)
    }

    private func systemMessage() -> String { String(cString: strerror(errno)) }
}

extension SourceFiles {
    /// All bytes of a regular file of at most `limit` bytes: for catalogues, lists and headers.
    /// - Throws: `.damaged` where it is longer or no regular file; `.system` where it cannot be read.
    package static func bytes(of path: String, atMost limit: Int) throws(ReaderError) -> [UInt8] {
        // Without O_NONBLOCK a pipe put in the file's place would hang us.
        SourceTrace.note(path)
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw ReaderError(.system, "cannot be opened: \(String(cString: strerror(errno)))", path: path)
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw ReaderError(.damaged, "is not a regular file", path: path)
        }
        guard status.st_size <= limit else {
            throw ReaderError(.damaged, "has \(status.st_size) bytes; at most \(limit) make sense here", path: path)
        }
        return try contents(of: descriptor, count: Int(status.st_size), path)
    }

    private static func contents(
        of descriptor: Int32, count: Int, _ path: String
    ) throws(ReaderError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = read(descriptor, buffer.baseAddress.map { $0 + filled }, count - filled)
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    break
                } else if errno != EINTR {
                    failure = errno; break
                }
            }
        }
        if failure != 0 {
            throw ReaderError(.system, "cannot be read: \(String(cString: strerror(failure)))", path: path)
        }
        guard bytes.count == count else { throw ReaderError(.damaged, "became shorter while it was read", path: path) }
        return bytes
    }
}
