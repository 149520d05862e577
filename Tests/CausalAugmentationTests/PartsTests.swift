import BankRig
import CausalAugmentation
import DataBank
import Dispatch
import SpaceTime
import Synchronization
import Testing

/// Machines that share one set make what one would have made alone.
struct PartsTests {
    private struct Ended: Error {}

    private func ingestion(
        _ rig: CopyRig, report: @escaping (IngestEvent) throws -> Void = { _ in }
    ) throws -> Ingestion {
        // A file for each window.
        try rig.ingestion(pieceBytes: 1, shardBytes: 1, report: report)
    }

    /// What one run makes, in a bank of its own.
    private func whole(seed: UInt64) throws -> Digest {
        let rig = try CopyRig(seed: seed)
        defer { withExtendedLifetime(rig.temporary) {} }
        return try ingestion(rig).run().ref.digest
    }

    private func part(_ text: String) throws -> BuildPart { try #require(BuildPart(text)) }

    private func isStagingEmpty(_ rig: CopyRig) throws -> Bool {
        try Disk.names(in: rig.temporary.folder + "/bank/staging").isEmpty
    }

    @Test(arguments: 1..<5 as Range<UInt64>) func theLastPartPublishesWhatOneRunMakes(seed: UInt64) throws {
        let rig = try CopyRig(seed: seed)
        let order = ["1/3", "2/3", "3/3"].shuffled()
        var made = 0
        for text in order.dropLast() {
            guard case .waiting(let own, let finished, let all) = try ingestion(rig).run(part(text)) else {
                Issue.record("part \(text) published alone")
                return
            }
            made += own
            #expect(own > 0 && finished == made && all > made)
            #expect(try rig.bank.refs().allSatisfy { $0.name.description != "copies" })
        }
        guard case .published(let outcome) = try ingestion(rig).run(part(order[2])) else {
            Issue.record("the last part did not publish")
            return
        }
        #expect(try outcome.ref.digest == whole(seed: seed) && !outcome.wasKnown)
        #expect(try isStagingEmpty(rig))
        guard case .published(let again) = try ingestion(rig).run(part("2/3")) else {
            Issue.record("a part does not see that all is there")
            return
        }
        #expect(again.wasKnown && again.ref == outcome.ref)
        #expect(try isStagingEmpty(rig))
    }

    @Test func aRunWithoutPartTakesFinishedShardsAndMakesTheRest() throws {
        let rig = try CopyRig(seed: 2)
        // Two ways to share the same build: some shards are made by both.
        for text in ["2/3", "1/2"] { _ = try ingestion(rig).run(part(text)) }
        let notes = Mutex<[String]>([])
        let outcome = try ingestion(rig) { event in
            if case .note(let text) = event { notes.withLock { $0.append(text) } }
        }.run()
        #expect(try outcome.ref.digest == whole(seed: 2))
        #expect(notes.withLock { $0.filter { $0.hasPrefix("taken over") }.count } == 2)
        #expect(try isStagingEmpty(rig))
    }

    @Test func partsAtOnceEndInOneDataSet() throws {
        let rig = try CopyRig(seed: 4)
        let outcomes = Mutex<[Result<PartOutcome, any Error>]>([])
        let builds = try (0..<5).map { _ in Lent(try ingestion(rig)) }
        DispatchQueue.concurrentPerform(iterations: 5) { number in
            let outcome = Result {
                let ingestion = builds[number].ingestion
                return number == 4 ? try .published(ingestion.run()) : try ingestion.run(part("\(number + 1)/4"))
            }
            outcomes.withLock { $0.append(outcome) }
        }
        let digest = try whole(seed: 4)
        for outcome in outcomes.withLock({ $0 }) {
            if case .published(let published) = try outcome.get() { #expect(published.ref.digest == digest) }
        }
        #expect(try rig.bank.resolve("copies").digest == digest)
        // A part that came late may have left shards nobody needed.
        _ = try Cleaning(rig.bank).collect()
        #expect(try isStagingEmpty(rig))
    }

    @Test func aPartThatEndedInTheMiddleGoesOnWhereItStood() throws {
        let rig = try CopyRig(seed: 6)
        var seen = 0
        #expect(throws: Ended.self) {
            try ingestion(rig) { event in
                guard case .progress = event else { return }
                seen += 1
                if seen > 1 { throw Ended() }
            }.run(part("1/2"))
        }
        guard case .waiting(let made, let finished, _) = try ingestion(rig).run(part("1/2")) else {
            Issue.record("half of the shards were published")
            return
        }
        #expect(made < finished)
        guard case .published(let outcome) = try ingestion(rig).run(part("2/2")) else {
            Issue.record("the last part did not publish")
            return
        }
        #expect(try outcome.ref.digest == whole(seed: 6))
    }

    @Test(arguments: ["", "1", "0/2", "3/2", "1/2/3", "a/b", "1/", "-1/2", "1/0"]) func thatIsNoPart(text: String) {
        #expect(BuildPart(text) == nil)
    }
}

/// `@unchecked Sendable`: each is run by one thread.
private struct Lent: @unchecked Sendable {
    let ingestion: Ingestion

    init(_ ingestion: Ingestion) { self.ingestion = ingestion }
}
