internal import SpaceTime

/// Decides which version of a name a content becomes. The caller holds `Bank.changing()`.
struct Naming {
    let bank: Bank
    let request: IngestRequest

    /// The ref of a content, made where there is none yet.
    ///
    /// - Parameter parent: the version that was extended.
    /// - Throws: `.usage` when the name has other content and no new version was asked for.
    func ref(for digest: Digest, parent: DatasetRef?) throws(BankError) -> DatasetRef {
        let versions = try bank.versions(of: request.name)
        for version in versions.reversed() where request.version == nil || request.version == version {
            if try bank.digest(of: request.name, version) == digest {
                return DatasetRef(name: request.name, version: version, digest: digest)
            }
        }
        let version = try next(after: versions, parent: parent)
        try bank.setRef(request.name, version, to: digest)
        return DatasetRef(name: request.name, version: version, digest: digest)
    }

    /// Whether an ingest under this name can succeed at all; asked before the work is done.
    func checkBefore() throws(BankError) {
        let versions = try bank.versions(of: request.name)
        if let wanted = request.version, request.naming == .newVersion, versions.contains(wanted) {
            throw BankError(.usage, "\(request.name)@\(wanted) is there already; published data sets never change")
        }
        if request.naming == .extend, versions.isEmpty {
            throw BankError(.usage, "there is no `\(request.name)` to extend")
        }
    }

    /// These sources were never ingested by this recipe, so the name must be free: said now, not after hours.
    func checkNew() throws(BankError) {
        if request.naming == .first { _ = try next(after: try bank.versions(of: request.name), parent: nil) }
    }

    private func next(after versions: [DatasetVersion], parent: DatasetRef?) throws(BankError) -> DatasetVersion {
        guard let highest = versions.last else { return request.version ?? .first }
        if let parent {
            let minor = versions.filter { $0.major == parent.version.major }.map(\.minor).max() ?? 0
            return request.version ?? DatasetVersion(major: parent.version.major, minor: minor + 1, patch: 0)
        }
        guard request.naming == .newVersion else {
            throw BankError(
                .usage,
                "`\(request.name)` has other content already (highest version \(highest)). Choose another name, "
                    + "`--new-version` to make it \(highest.major + 1).0.0, or `--extend` to add sequences")
        }
        if let wanted = request.version {
            guard !versions.contains(wanted) else {
                throw BankError(.usage, "\(request.name)@\(wanted) is there already; published data sets never change")
            }
            return wanted
        }
        return DatasetVersion(major: highest.major + 1, minor: 0, patch: 0)
    }
}
