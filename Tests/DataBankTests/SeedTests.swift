import DataBank
import SpaceTime
import Testing

@Suite struct SeedTests {
    @Test(arguments: [
        (0, "0"), ((1 << 53) + 1, "9007199254740993"), (UInt64(Int64.max), "9223372036854775807"),
        (1 << 63, "\"9223372036854775808\""), (.max, "\"18446744073709551615\""),
    ])
    func aSeedIsExactInCanonicalText(value: UInt64, text: String) throws {
        let step = Identity.Step(name: "augment", version: 1, settings: [:], seed: value)
        let written = try CanonicalCoding.text(of: step)
        #expect(written == #"{"name":"augment","seed":\#(text),"settings":{},"version":1}"#)
        #expect(try CanonicalCoding.value(Identity.Step.self, from: written) == step)
    }

    @Test(arguments: ["-1", "1.5", "18446744073709551616", "\"18446744073709551616\"", "\"-1\"", "\"one\"", "true"])
    func whatIsNoSeedIsRefused(text: String) {
        #expect(throws: DecodingError.self) { try CanonicalCoding.value(Seed.self, from: text) }
    }

    @Test func aStepWithoutASeedHasNone() throws {
        let step = Identity.Step(name: "ingest", version: 2, settings: [:])
        #expect(try CanonicalCoding.value(Identity.Step.self, from: CanonicalCoding.text(of: step)).seed == nil)
    }
}
