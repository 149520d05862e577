import ArrayFiles
import BankRig
import DataBank
import SpaceTime
import Testing

struct IngestionTests {
    @Test func whatWasIngestedReadsBackByteForByte() throws {
        let temporary = try TemporaryBank()
        let provider = MemoryProvider.sample()
        let outcome = try temporary.ingest(provider)
        let dataset = try Dataset(outcome.ref.digest, in: temporary.bank)
        #expect(outcome.ref.id == "sample@1.0.0")
        for piece in try dataset.pieces() {
            var bytes: [UInt8] = []
            try PieceReader(dataset, file: piece.file).read(piece) { bytes += Array($0) }
            let row = try dataset.sequences()[piece.sequence]
            let source = try #require(provider.survey.sequences.firstIndex { $0.id == row.origin })
            #expect(bytes == provider.frames[source][piece.field])
        }
    }

    @Test func theSameContentHasTheSameDigestUnderAnyNameAndInAnyBank() throws {
        let first = try TemporaryBank()
        let second = try TemporaryBank()
        let one = try first.ingest(.sample())
        let two = try second.ingest(.sample(), as: "other")
        let again = try first.ingest(.sample())
        #expect(one.ref.digest == two.ref.digest)
        #expect(again.ref == one.ref && again.wasKnown)
        #expect(try first.ingest(.sample(), as: "second-name").ref.digest == one.ref.digest)
    }

    @Test(arguments: [0, 2])
    func aSingleChangedElementGivesAnotherDigest(field: Int) throws {
        let temporary = try TemporaryBank()
        let one = try temporary.ingest(.sample())
        let changed = MemoryProvider.sample()
        changed.frames[3][field / 2][17] ^= 1
        let two = try temporary.ingest(changed, as: "changed")
        #expect(one.ref.digest != two.ref.digest)
    }

    @Test func anotherContentUnderTheSameNameNeedsANewVersion() throws {
        let temporary = try TemporaryBank()
        _ = try temporary.ingest(.sample())
        #expect(throws: BankError.self) { try temporary.ingest(.sample(seed: 2)) }
        let next = try temporary.ingest(.sample(seed: 2)) { $0.naming = .newVersion }
        #expect(next.ref.id == "sample@2.0.0")
        #expect(try temporary.bank.resolve("sample").version.major == 2)
    }

    @Test func anExtensionReusesTheOldShardsAndBecomesAMinorVersion() throws {
        let temporary = try TemporaryBank()
        let small = try temporary.ingest(.sample(sequences: 3))
        let large = MemoryProvider.sample(sequences: 6)
        large.survey.sequences[2].split = .test
        let outcome = try temporary.ingest(large) { $0.naming = .extend }
        #expect(outcome.ref.id == "sample@1.1.0")
        let old = try Dataset(small.ref.digest, in: temporary.bank)
        let new = try Dataset(outcome.ref.digest, in: temporary.bank)
        #expect(Array(new.record.payload.prefix(2)) == old.record.payload)
        #expect(try new.sequences().map(\.id) == ["s0", "s1", "s2", "s3", "s4", "s5"])
        #expect(try Verification(of: temporary.bank).all().isEmpty)
    }

    @Test func aRefusedSequenceIsLeftOutWholeAndReported() throws {
        let temporary = try TemporaryBank()
        let provider = MemoryProvider.sample()
        provider.damaged = ["s1"]
        let outcome = try temporary.ingest(provider)
        let dataset = try Dataset(outcome.ref.digest, in: temporary.bank)
        #expect(outcome.refused.map(\.what) == ["s1"])
        #expect(try dataset.sequences().map(\.id) == ["s0", "s2", "s3", "s4"])
        #expect(try Verification(of: temporary.bank).all().isEmpty)
    }

    @Test func statisticsAreThoseOfTheTrainingSplitAlone() throws {
        let temporary = try TemporaryBank()
        let provider = MemoryProvider.sample()
        let outcome = try temporary.ingest(provider)
        let dataset = try Dataset(outcome.ref.digest, in: temporary.bank)
        let rows = try dataset.sequences().filter { $0.split == .train }
        let values = rows.flatMap { row in
            provider.frames[provider.survey.sequences.firstIndex { $0.id == row.id } ?? 0][0]
        }
        let valid = values.filter { $0 != 255 }.map(Double.init)
        let mean = valid.reduce(0, +) / Double(valid.count)
        let deviation = (valid.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(valid.count)).squareRoot()
        let statistics = try #require(dataset.record.statistics[0]?.channels[0])
        #expect(statistics.count == UInt64(valid.count))
        #expect(statistics.missing == UInt64(values.count - valid.count))
        #expect(abs((statistics.mean ?? 0) - mean) < 1e-12 * mean)
        #expect(abs((statistics.deviation ?? 0) - deviation) < 1e-12 * deviation)
        #expect(dataset.record.statistics[0]?.histogram.counts.reduce(0, +) == UInt64(valid.count))
    }

    @Test func aSourceThatChangesWhileItIsReadStopsThePublication() throws {
        let temporary = try TemporaryBank()
        let provider = ChangingProvider(.sample())
        provider.survey.sources = [try temporary.source("raw.bin", "before")]
        provider.whileReading = { _ = try temporary.source("raw.bin", "after!") }
        let plan = try provider.survey.splitRule.apply(to: provider.survey)
        let request = IngestRequest(
            name: try #require(DatasetName("x")), readerVersion: 1, settings: [:],
            parts: plan.parts(of: provider.survey))
        let error = #expect(throws: BankError.self) {
            try Ingestion(into: temporary.bank, from: provider, request, shell: NetCDFShell()).run()
        }
        #expect(error?.code == .sourceChanged)
        #expect(try temporary.bank.refs().isEmpty)
    }

    @Test func aSecondStartDoesNotRedoFinishedShards() throws {
        let temporary = try TemporaryBank()
        let small = { (request: inout IngestRequest) in
            request.pieceBytes = 300
            request.shardBytes = 1200
        }
        let breaking = MemoryProvider.sample()
        breaking.endsAfter = 9
        #expect(throws: BankError.self) { try temporary.ingest(breaking, small) }
        #expect(try temporary.bank.refs().isEmpty)
        let second = MemoryProvider.sample()
        let outcome = try temporary.ingest(second, small)
        let whole = MemoryProvider.sample()
        let other = try TemporaryBank().ingest(whole, small)
        #expect(outcome.ref.digest == other.ref.digest)
        #expect(!second.delivered.isEmpty && second.delivered.count < whole.delivered.count)
        #expect(Array(whole.delivered.suffix(second.delivered.count)) == second.delivered)
        #expect(try Verification(of: temporary.bank).all().isEmpty)
    }

    @Test func aSequenceInManyPiecesReadsBackInOrder() throws {
        let temporary = try TemporaryBank()
        let provider = MemoryProvider.sample()
        let outcome = try temporary.ingest(provider) {
            $0.pieceBytes = 200
            $0.shardBytes = 500
        }
        let dataset = try Dataset(outcome.ref.digest, in: temporary.bank)
        var bytes: [UInt8] = []
        for piece in try dataset.pieces() where piece.sequence == 2 && piece.field == 1 {
            #expect(piece.offset * dataset.identity.fields[1].frameByteCount == bytes.count)
            try PieceReader(dataset, file: piece.file).read(piece) { bytes += Array($0) }
        }
        #expect(bytes == provider.frames[2][1])
        #expect(dataset.record.payload.count > 4)
    }
}
