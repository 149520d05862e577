import BankRig
import DataBank
import SpaceTime
import Testing

struct CleaningTests {
    @Test func whatNoNameNeedsGoesAndTheRestStays() throws {
        let temporary = try TemporaryBank()
        let kept = try temporary.ingest(.sample())
        let removed = try temporary.ingest(.sample(seed: 2), as: "other")
        try Cleaning(temporary.bank).remove(removed.ref)
        let result = try Cleaning(temporary.bank).collect()
        #expect(result.manifests == [removed.ref.digest.description] && result.objects == 2)
        #expect(try temporary.bank.refs() == [kept.ref])
        #expect(try Verification(of: temporary.bank).all().isEmpty)
    }

    @Test func aSharedContentStaysUntilItsLastNameGoes() throws {
        let temporary = try TemporaryBank()
        let one = try temporary.ingest(.sample())
        _ = try temporary.ingest(.sample(), as: "other")
        try Cleaning(temporary.bank).remove(one.ref)
        #expect(try Cleaning(temporary.bank).collect().objects == 0)
        #expect(try Verification(of: temporary.bank).all().isEmpty)
    }

    @Test func aCopyHasTheSameDigestAndNothingIsCopiedTwice() throws {
        let temporary = try TemporaryBank()
        let outcome = try temporary.ingest(.sample())
        let other = try Bank(at: temporary.folder + "/other", creating: true)
        try Copying(from: temporary.bank, to: other).copy(outcome.ref)
        try Copying(from: temporary.bank, to: other).copy(outcome.ref)
        #expect(try other.refs() == [outcome.ref])
        #expect(try Verification(of: other).all().isEmpty)
    }
}
