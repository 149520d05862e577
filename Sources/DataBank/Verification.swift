package import SpaceTime

/// One thing found wrong.
package struct Finding: Hashable, Sendable, Codable {
    /// `name@1.0.0`, or the digest where no name points to it.
    package var dataset: String
    /// The path of the damaged file.
    package var file: String
    /// The sequence whose frames are damaged; nil where it is something else.
    package var sequence: String?
    package var message: String
}

/// Compares what lies on disk with the digests that stand in identity and record.
package struct Verification {
    let bank: Bank
    /// Sizes and headers only: finds what is missing or cut off, not what is changed inside.
    let isQuick: Bool
    /// Is told the bytes of each step.
    let progress: (Int) throws -> Void

    package init(of bank: Bank, quick: Bool = false, progress: @escaping (Int) throws -> Void = { _ in }) {
        self.bank = bank
        isQuick = quick
        self.progress = progress
    }

    /// Everything in the bank: refs that cannot be read, every manifest, every payload file.
    package func all() throws -> [Finding] {
        var findings = try damagedRefs()
        var names: [Digest: String] = [:]
        for ref in try bank.refs() {
            names[ref.digest] = names[ref.digest] ?? ref.id
            guard !Disk.exists(bank.manifest(ref.digest)) else { continue }
            let message =
                "points to #\(ref.digest.short), which is not there: this ref was changed or that manifest is lost"
            findings.append(Finding(dataset: ref.id, file: bank.ref(ref.name, ref.version), message: message))
        }
        for text in try Disk.names(in: bank.path + "/manifests") {
            guard let digest = Digest(text) else {
                let path = "\(bank.path)/manifests/\(text)"
                findings.append(Finding(dataset: text, file: path, message: "is no manifest of this bank"))
                continue
            }
            findings += try dataset(digest, called: names[digest] ?? "#\(digest.short)")
        }
        return findings
    }

    /// One data set.
    package func dataset(_ digest: Digest, called name: String) throws -> [Finding] {
        do {
            let dataset = try Dataset(digest, in: bank)
            let sequences = try dataset.sequences()
            let pieces = try dataset.pieces()
            guard sequences.count == dataset.identity.sequences.count else {
                throw BankError(
                    .damaged, "does not list all sequences", path: bank.manifest(digest) + "/sequences.jsonl")
            }
            let damaged = try dataset.record.payload.indices.flatMap { file in
                try payload(file, of: dataset, sequences, pieces.filter { $0.file == file }, called: name)
            }
            return try damaged + (dataset.record.attachments ?? []).flatMap { try attachment($0, called: name) }
        } catch let error as BankError where error.code == .damaged {
            return [Finding(dataset: name, file: error.path ?? bank.manifest(digest), message: error.message)]
        }
    }

    private func damagedRefs() throws -> [Finding] {
        var findings: [Finding] = []
        for text in try Disk.names(in: bank.path + "/refs") {
            let folder = "\(bank.path)/refs/\(text)"
            guard let name = DatasetName(text) else {
                findings.append(Finding(dataset: text, file: folder, message: "is no name of a data set"))
                continue
            }
            for file in try Disk.names(in: folder) where !file.hasSuffix(".tmp") {
                do throws(BankError) {
                    guard let version = DatasetVersion(file) else {
                        throw BankError(.damaged, "is no version", path: "\(folder)/\(file)")
                    }
                    _ = try bank.digest(of: name, version)
                } catch {
                    findings.append(
                        Finding(dataset: "\(text)@\(file)", file: error.path ?? folder, message: error.message))
                }
            }
        }
        return findings
    }

    private func attachment(_ file: Record.Attachment, called name: String) throws -> [Finding] {
        let path = bank.path(of: file)
        let finding = { (message: String) in [Finding(dataset: name, file: path, message: message)] }
        guard Disk.exists(path) else { return finding("the file is not there") }
        let size = try Disk.size(of: path)
        guard size == file.size else { return finding("has \(size) bytes instead of \(file.size)") }
        guard !isQuick else { return [] }
        let digest = try FileDigest.sha256(ofFileAt: path, progress: progress)
        return digest == file.sha256 ? [] : finding("is not what was written")
    }

    // MARK: Payload

    private func payload(
        _ number: Int, of dataset: Dataset, _ sequences: [SequenceRow], _ pieces: [Piece], called name: String
    ) throws -> [Finding] {
        let file = dataset.record.payload[number]
        let path = dataset.path(of: file)
        let finding = { (sequence: String?, message: String) in
            Finding(dataset: name, file: path, sequence: sequence, message: message)
        }
        guard Disk.exists(path) else { return [finding(nil, "the payload file is not there")] }
        let size = try Disk.size(of: path)
        guard size == file.size else { return [finding(nil, "has \(size) bytes instead of \(file.size)")] }
        let map = try MappedFile(path)
        let headerCount = file.packing == .contiguous ? file.offset : min(4096, size)
        if XXH3.text(of: UnsafeRawBufferPointer(rebasing: map.bytes[..<headerCount])) != file.header {
            return [finding(nil, "the header is not what was written")]
        }
        guard !isQuick else { return [] }
        guard try FileDigest.sha256(ofFileAt: path, progress: progress) != file.sha256 else { return [] }
        let field = dataset.identity.fields[file.field]
        let reader = PieceReader(map, file, field)
        let damaged = pieces.filter { (try? reader.xxh3(of: $0)) != $0.xxh3 }
        guard !damaged.isEmpty else {
            return [finding(nil, "the times and tables behind the frames are not what was written")]
        }
        return damaged.map { piece in
            let frames = "frames \(piece.offset) to \(piece.offset + piece.frames - 1)"
            return finding(sequences[piece.sequence].id, "\(field.name): \(frames) are not what was written")
        }
    }
}
