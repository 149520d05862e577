import BankRig
import DataBank
import Glibc
import SpaceTime
import Testing

struct VerificationTests {
    @Test func anyFlippedBitOfAnyFileIsFound() throws {
        let temporary = try TemporaryBank()
        let outcome = try temporary.ingest(.sample())
        let verification = Verification(of: temporary.bank)
        #expect(try verification.all().isEmpty)
        var generator = Numbers(state: 7)
        for path in try files(temporary.bank.path) {
            for _ in 0..<8 {
                let bit = Int.random(in: 0..<(try Disk.size(of: path) * 8), using: &generator)
                try flip(bit, of: path)
                let findings = try verification.all()
                #expect(!findings.isEmpty, "bit \(bit) of \(path)")
                #expect(findings.contains { $0.dataset.hasPrefix("sample") || $0.dataset.contains("#") }, "\(findings)")
                try flip(bit, of: path)
            }
        }
        #expect(try verification.dataset(outcome.ref.digest, called: "sample").isEmpty)
    }

    @Test func damagedFramesAreReportedWithTheirSequence() throws {
        let temporary = try TemporaryBank()
        let outcome = try temporary.ingest(.sample())
        let dataset = try Dataset(outcome.ref.digest, in: temporary.bank)
        for (number, row) in try dataset.sequences().enumerated() {
            let piece = try #require(try dataset.pieces().first { $0.sequence == number && $0.field == 1 })
            let file = dataset.record.payload[piece.file]
            let place = file.offset + piece.position * dataset.identity.fields[1].frameByteCount + 5
            try flip(place * 8 + 3, of: dataset.path(of: file))
            let findings = try Verification(of: temporary.bank).all()
            #expect(findings.map(\.sequence) == [row.id])
            #expect(findings.first?.dataset == "sample@1.0.0")
            try flip(place * 8 + 3, of: dataset.path(of: file))
        }
    }

    @Test func aCutFileIsFoundQuickly() throws {
        let temporary = try TemporaryBank()
        let outcome = try temporary.ingest(.sample())
        let dataset = try Dataset(outcome.ref.digest, in: temporary.bank)
        let path = dataset.path(of: dataset.record.payload[0])
        #expect(try Verification(of: temporary.bank, quick: true).all().isEmpty)
        #expect(chmod(path, 0o644) == 0 && truncate(path, 5000) == 0)
        #expect(try Verification(of: temporary.bank, quick: true).all().count == 1)
        #expect(throws: BankError.self) { _ = try PieceReader(dataset, file: 0) }
    }

    /// Payload, identity, record, tables and refs; not the caches.
    private func files(_ folder: String) throws -> [String] {
        try ["refs", "manifests", "objects"].flatMap { try below("\(folder)/\($0)") }
    }

    private func below(_ path: String) throws -> [String] {
        guard Disk.isFolder(path) else { return [path] }
        return try Disk.names(in: path).flatMap { try below("\(path)/\($0)") }
    }

    private func flip(_ bit: Int, of path: String) throws {
        chmod(path, 0o644)
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        var byte: UInt8 = 0
        #expect(pread(descriptor, &byte, 1, bit / 8) == 1)
        byte ^= 1 << UInt8(bit % 8)
        #expect(pwrite(descriptor, &byte, 1, bit / 8) == 1)
    }
}
