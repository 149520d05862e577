import BankRig
import SpaceTime
import Testing

@testable import DataBank

struct TwinSHA256Tests {
    @Test(arguments: [true, false])
    func bothDigestsAreThoseOfLibcrypto(isFast: Bool) {
        var generator = Numbers(state: 3)
        for _ in 0..<300 {
            let twin = TwinSHA256(isFast: isFast && TwinSHA256.isFastHere)
            let whole = SHA256()
            var part = SHA256()
            for _ in 0..<Int.random(in: 0..<6, using: &generator) {
                let bytes = (0..<Int.random(in: 0..<700, using: &generator)).map { _ in
                    UInt8(truncatingIfNeeded: generator.next() >> 33)
                }
                let action = generator.next() >> 60 & 3
                bytes.withUnsafeBytes { bytes in
                    if action == 0 { twin.updateWhole(bytes) } else { twin.update(bytes) }
                    whole.update(bytes)
                    if action != 0 { part.update(bytes) }
                }
                if action == 1 {
                    #expect(twin.partDigest == part.digest())
                    twin.startPart()
                    part = SHA256()
                }
            }
            #expect(twin.wholeDigest == whole.digest())
            #expect(twin.partDigest == part.digest())
        }
    }
}
