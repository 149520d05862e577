package import SpaceTime

/// A published data set: its identity, record and tables, all checked against their digests.
package struct Dataset: Sendable {
    package let bank: Bank
    package let digest: Digest
    package let identity: Identity
    package let record: Record

    /// - Throws: `.damaged` naming the file whose bytes are not what they were.
    package init(_ digest: Digest, in bank: Bank) throws(BankError) {
        self.bank = bank
        self.digest = digest
        let folder = bank.manifest(digest)
        identity = try Dataset.identity(digest, in: bank)
        guard let recordText = try Disk.text(of: folder + "/record.json") else {
            throw BankError(.damaged, "the record is not there", path: folder + "/record.json")
        }
        record = try Record(checking: recordText, path: folder + "/record.json")
        guard record.identity == digest else {
            throw BankError(.damaged, "the record belongs to \(record.identity)", path: folder + "/record.json")
        }
    }

    /// The identity alone, checked: enough to tell what a data set was made from, even where its record is damaged.
    static func identity(_ digest: Digest, in bank: Bank) throws(BankError) -> Identity {
        let path = bank.manifest(digest) + "/identity.json"
        guard let text = try Disk.text(of: path) else {
            throw BankError(.damaged, "the manifest is not there", path: bank.manifest(digest))
        }
        guard SHA256.digest(of: text) == digest else {
            throw BankError(.damaged, "the identity does not agree with its digest", path: path)
        }
        do {
            return try CanonicalCoding.value(Identity.self, from: text)
        } catch {
            throw BankError(.damaged, "the identity cannot be understood: \(error)", path: path)
        }
    }

    /// Where its description lies.
    package var folder: String { bank.manifest(digest) }

    /// The path of a payload file.
    package func path(of file: Record.PayloadFile) -> String { "\(bank.object(file.sha256))/\(file.name)" }

    /// The sequences, in stored order.
    package func sequences() throws(BankError) -> [SequenceRow] {
        let lines = try sequenceLines()
        return try CanonicalCoding.values(SequenceRow.self, fromLinesOf: lines.text, path: lines.path)
    }

    /// The pieces, by field and stored order.
    package func pieces() throws(BankError) -> [Piece] {
        let lines = try pieceLines()
        let pieces = try CanonicalCoding.values(Piece.self, fromLinesOf: lines.text, path: lines.path)
        for piece in pieces where !isInside(piece) {
            throw BankError(.damaged, "a piece of sequence \(piece.sequence) lies outside its file", path: lines.path)
        }
        return pieces
    }

    private func isInside(_ piece: Piece) -> Bool {
        guard record.payload.indices.contains(piece.file), identity.fields.indices.contains(piece.field) else {
            return false
        }
        guard (0..<identity.sequences.count).contains(piece.sequence) else { return false }
        let file = record.payload[piece.file]
        return file.field == piece.field && piece.position >= 0 && piece.frames > 0 && piece.offset >= 0
            && piece.position <= file.frames - piece.frames
    }

    /// The lines of `sequences.jsonl` as bytes, checked.
    package func sequenceLines() throws(BankError) -> MappedFile {
        try table("sequences.jsonl", identity.sequences.digest)
    }

    /// The lines of `pieces.jsonl` as bytes, checked.
    package func pieceLines() throws(BankError) -> MappedFile { try table("pieces.jsonl", record.pieces) }

    private func table(_ name: String, _ digest: Digest) throws(BankError) -> MappedFile {
        let file = try MappedFile("\(bank.manifest(self.digest))/\(name)")
        guard SHA256.digest(of: file.bytes) == digest else {
            throw BankError(.damaged, "does not agree with its digest", path: file.path)
        }
        return file
    }
}
