package import SpaceTime

/// How a data set lies on disk and came to be: everything that is not identity. Ends with its own checksum.
package struct Record: Hashable, Sendable, Codable {
    package struct PayloadFile: Hashable, Sendable, Codable {
        package enum Packing: String, Hashable, Sendable, Codable {
            /// One run of bytes at `offset`.
            case contiguous
            /// Chunks of whole frames, shuffled and deflated.
            case archive
        }

        /// In `objects/<sha256>/`.
        package var name: String
        package var sha256: Digest
        package var size: Int
        package var field: Int
        package var variable: String
        package var packing: Packing
        /// Where the payload begins; 0 for an archive.
        package var offset: Int
        package var frames: Int
        /// XXH3 of the bytes before the payload (of an archive: of the first 4096 bytes).
        package var header: String
        /// Of an archive: frames a chunk.
        package var chunkFrames: Int?
        /// Of an archive: offset and byte count of each chunk, one after the other.
        package var chunks: [Int]?
        /// Of replaced patches: where their tables lie, in the order of `PatchForm.tables`.
        package var tables: [Table]?
    }

    /// Numbers behind a payload that are read from the map too.
    package struct Table: Hashable, Sendable, Codable {
        package var name: String
        package var offset: Int
        package var byteCount: Int
    }

    package struct Source: Hashable, Sendable, Codable {
        package var name: String
        package var path: String
        package var size: Int
        package var sha256: Digest
    }

    package struct Making: Hashable, Sendable, Codable {
        /// ISO 8601, UTC.
        package var started: String
        package var finished: String
        package var host: String
        package var command: [String]
        package var software: [String: String]
    }

    package struct Plan: Hashable, Sendable, Codable {
        package var inputFrames: Int
        package var targetFrames: Int
    }

    package static let currentFormat = "stbank-record-1"

    package var format = Record.currentFormat
    package var identity: Digest
    /// Format of the raw files and which of its variants.
    package var source: String
    package var variant: String
    package var title: String
    package var citation: String
    package var license: String
    package var defaultPlan: Plan
    package var payload: [PayloadFile]
    /// SHA-256 of `pieces.jsonl`.
    package var pieces: Digest
    /// One for each field; nil where there are no training frames.
    package var statistics: [FieldStatistics?]
    package var sources: [Source]
    package var buildKey: Digest
    package var notes: [String]
    package var skipped: [Survey.Skipped]
    package var tallies: [String: Int]
    package var making: Making
    /// Files beside the payload, such as weights; nil where there are none.
    package var attachments: [Attachment]?
    /// nil where no network had a part.
    package var learning: Learning?
}

extension Record {
    /// All files that belong to the data set: payload, then attachments.
    package var objects: [Attachment] {
        payload.map { Attachment(name: $0.name, sha256: $0.sha256, size: $0.size) } + (attachments ?? [])
    }

    /// The text on disk.
    package func text() throws -> String { SealedText.seal(try CanonicalCoding.text(of: self)) }

    package init(checking text: String, path: String) throws(BankError) {
        let body = try SealedText.open(text, name: "the record", path: path)
        do {
            self = try Record.decoded(body)
        } catch {
            throw BankError(.damaged, "the record cannot be understood: \(error)", path: path)
        }
        guard format == Record.currentFormat else {
            throw BankError(.usage, "the record's format is `\(format)`; a newer stbank can read it", path: path)
        }
    }
}
