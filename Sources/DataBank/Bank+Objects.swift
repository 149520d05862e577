internal import Glibc
internal import SpaceTime

extension Bank {
    /// The path of a kept file.
    package func path(of file: Record.Attachment) -> String { "\(object(file.sha256))/\(file.name)" }

    /// Keeps a copy of a file in `objects/`, write-once, under its SHA-256. The caller holds `changing()` until something
    /// refers to it.
    package func keep(_ path: String, as name: String) throws -> Record.Attachment {
        let digest = try FileDigest.sha256(ofFileAt: path)
        let kept = Record.Attachment(name: name, sha256: digest, size: try Disk.size(of: path))
        guard !Disk.exists(self.path(of: kept)) else { return kept }
        let map = try MappedFile(path)
        let staged = "\(self.path)/staging/object-\(digest)"
        let descriptor = open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("make", staged) }
        defer { close(descriptor) }
        try Disk.write(map.bytes, to: descriptor, at: 0, path: staged)
        try Disk.sync(descriptor, path: staged)
        fchmod(descriptor, 0o444)
        guard try FileDigest.sha256(ofFileAt: staged) == digest else {
            throw BankError(
                .sourceChanged, "the file changed while it was kept; start again when it is at rest", path: path)
        }
        try Disk.makeFolder(object(digest))
        try Disk.rename(staged, to: self.path(of: kept))
        try Disk.syncFolder(object(digest))
        try Disk.syncFolder(self.path + "/objects")
        return kept
    }
}
