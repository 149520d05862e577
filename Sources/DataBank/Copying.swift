internal import Glibc
internal import SpaceTime

/// Copies data sets between banks, each whole or not at all, checked on the way.
package struct Copying {
    let source: Bank
    let target: Bank
    let progress: (Int) throws -> Void

    package init(from source: Bank, to target: Bank, progress: @escaping (Int) throws -> Void = { _ in }) {
        self.source = source
        self.target = target
        self.progress = progress
    }

    /// Copies a data set with the ones it was made from, and its name.
    package func copy(_ ref: DatasetRef) throws {
        try copyManifest(ref.digest)
        let lock = try target.changing()
        if try target.versions(of: ref.name).contains(ref.version) {
            guard try target.digest(of: ref.name, ref.version) == ref.digest else {
                throw BankError(.usage, "\(ref.id) has other content in the target bank", path: target.path)
            }
        } else {
            try target.setRef(ref.name, ref.version, to: ref.digest)
        }
        withExtendedLifetime(lock) {}
    }

    private func copyManifest(_ digest: Digest) throws {
        if Disk.exists(target.manifest(digest)) { return }
        let dataset = try Dataset(digest, in: source)
        for parent in dataset.identity.parents { try copyManifest(parent) }
        let staging = "\(target.path)/staging/copy-\(digest)"
        let lock = try FileLock(waitingFor: staging + ".lock")
        try Disk.makeFolder(staging)
        for file in dataset.record.objects { try copyObject(file, by: staging) }
        let manifest = staging + "/manifest"
        try Disk.removeTree(manifest)
        try Disk.makeFolder(manifest)
        for name in try Disk.names(in: source.manifest(digest)) {
            let text = try Disk.text(of: "\(source.manifest(digest))/\(name)") ?? ""
            try Disk.writeWhole(text, to: "\(manifest)/\(name)")
        }
        let changing = try target.changing()
        try moveIn(dataset, from: staging)
        withExtendedLifetime(changing) {}
        try Disk.removeTree(staging)
        try Disk.remove(staging + ".lock")
        withExtendedLifetime(lock) {}
    }

    private func moveIn(_ dataset: Dataset, from staging: String) throws {
        for file in dataset.record.objects {
            let object = target.object(file.sha256)
            guard !Disk.exists("\(object)/\(file.name)") else { continue }
            try Disk.makeFolder(object)
            try Disk.rename("\(staging)/\(file.sha256)", to: "\(object)/\(file.name)")
            try Disk.syncFolder(object)
        }
        try Disk.syncFolder(target.path + "/objects")
        if !Disk.exists(target.manifest(dataset.digest)) {
            try Disk.rename(staging + "/manifest", to: target.manifest(dataset.digest))
        }
        try Disk.syncFolder(target.path + "/manifests")
    }

    /// Copies the bytes and compares the copy with the record.
    private func copyObject(_ file: Record.Attachment, by staging: String) throws {
        guard !Disk.exists("\(target.object(file.sha256))/\(file.name)") else { return }
        let path = "\(staging)/\(file.sha256)"
        let map = try MappedFile(source.path(of: file))
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("make", path) }
        defer { close(descriptor) }
        let hash = SHA256()
        for begin in stride(from: 0, to: map.bytes.count, by: 8 << 20) {
            let part = UnsafeRawBufferPointer(rebasing: map.bytes[begin..<min(begin + (8 << 20), map.bytes.count)])
            hash.update(part)
            try Disk.write(part, to: descriptor, at: begin, path: path)
            try progress(part.count)
        }
        guard hash.digest() == file.sha256 else {
            throw BankError(.damaged, "is not what was written; run `stbank verify`", path: map.path)
        }
        try Disk.sync(descriptor, path: path)
        fchmod(descriptor, 0o444)
    }
}
