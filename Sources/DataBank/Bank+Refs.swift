package import SpaceTime

/// A name and version that points to a content digest.
package struct DatasetRef: Hashable, Sendable {
    package var name: DatasetName
    package var version: DatasetVersion
    package var digest: Digest

    /// `name@1.0.0`.
    package var id: String { "\(name)@\(version)" }
    /// `name@1.0.0#9f3c21a`.
    package var pinned: String { "\(id)#\(digest.short)" }
}

extension Bank {
    /// All refs, by name and version. Damaged ones are left to `verify`.
    package func refs() throws(BankError) -> [DatasetRef] {
        var result: [DatasetRef] = []
        for text in try Disk.names(in: path + "/refs") {
            guard let name = DatasetName(text) else { continue }
            for version in try versions(of: name) {
                if let digest = try? digest(of: name, version) {
                    result.append(DatasetRef(name: name, version: version, digest: digest))
                }
            }
        }
        return result
    }

    /// All refs, none of them damaged.
    ///
    /// - Throws: `.damaged` where one cannot be read or points to nothing.
    func soundRefs() throws(BankError) -> [DatasetRef] {
        var result: [DatasetRef] = []
        for text in try Disk.names(in: path + "/refs") {
            guard let name = DatasetName(text) else { continue }
            for version in try versions(of: name) {
                let ref = DatasetRef(name: name, version: version, digest: try digest(of: name, version))
                guard Disk.exists(manifest(ref.digest)) else {
                    throw BankError(
                        .damaged,
                        "points to #\(ref.digest.short), which is not there; delete this file, and ingest "
                            + "\(ref.id) again if it is still wanted", path: self.ref(name, version))
                }
                result.append(ref)
            }
        }
        return result
    }

    /// The versions of a name, ascending.
    func versions(of name: DatasetName) throws(BankError) -> [DatasetVersion] {
        try Disk.names(in: refFolder(name)).compactMap { DatasetVersion($0) }.sorted()
    }

    /// Where a ref points; a ref is exactly 64 digits and a line feed.
    func digest(of name: DatasetName, _ version: DatasetVersion) throws(BankError) -> Digest {
        let path = ref(name, version)
        guard let text = try Disk.text(of: path, limit: 1 << 12) else {
            throw BankError(.notFound, "there is no \(name)@\(version)", path: path)
        }
        guard text.hasSuffix("\n"), let digest = Digest(String(text.dropLast())) else {
            throw BankError(
                .damaged,
                "the ref of \(name)@\(version) is damaged; delete this file and ingest again, which gives "
                    + "the name back", path: path)
        }
        return digest
    }

    /// The data set a user names.
    ///
    /// - Throws: `.usage` for text that names none, `.notFound` with what there is instead.
    package func resolve(_ text: String) throws(BankError) -> DatasetRef {
        guard let reference = DatasetReference(text) else {
            throw BankError(.usage, "`\(text)` names no data set; write name, name@1.0.0 or name@1.0.0#9f3c21a")
        }
        let versions = try versions(of: reference.name)
        guard let highest = versions.last else { throw try unknown(reference) }
        let version = reference.version ?? highest
        guard versions.contains(version) else {
            throw BankError(
                .notFound,
                "\(reference.name) has no version \(version), only "
                    + versions.map(\.description).joined(separator: ", "))
        }
        let digest = try digest(of: reference.name, version)
        if let pin = reference.pin, !digest.description.hasPrefix(pin) {
            throw BankError(
                .notFound,
                "\(reference.name)@\(version) is #\(digest.short) here, not #\(pin): other content, same name")
        }
        return DatasetRef(name: reference.name, version: version, digest: digest)
    }

    /// What a data set is called: the first ref that points to it, pinned; `#9f3c21a` where none does.
    package func name(of digest: Digest) throws(BankError) -> String {
        try refs().first { $0.digest == digest }?.pinned ?? "#\(digest.short)"
    }

    private func unknown(_ reference: DatasetReference) throws(BankError) -> BankError {
        var names: [String] = []
        for text in try Disk.names(in: path + "/refs") {
            guard let name = DatasetName(text), try !versions(of: name).isEmpty else { continue }
            names.append(text)
        }
        let known = names.isEmpty ? "the bank is empty" : "there are " + names.joined(separator: ", ")
        return BankError(.notFound, "there is no data set `\(reference.name)`; \(known)", path: path)
    }

    /// Points a new version at a digest. The caller holds `changing()`.
    func setRef(_ name: DatasetName, _ version: DatasetVersion, to digest: Digest) throws(BankError) {
        let isNew = !Disk.exists(refFolder(name))
        try Disk.makeFolder(refFolder(name))
        if isNew { try Disk.syncFolder(path + "/refs") }
        guard !Disk.exists(ref(name, version)) else {
            throw BankError(.busy, "\(name)@\(version) was published by another process meanwhile")
        }
        try Disk.writeWhole("\(digest)\n", to: ref(name, version))
    }
}
