import BankRig
import Foundation
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

    /// Raw files of unlike sizes, one of them remembered, taken along with frames in unlike steps or hashed alone at the end.
    @Test(arguments: [0, 1 << 10, 300_000, 10 << 20])
    func rawFilesHashedBesideFramesHaveTheirOwnDigests(due: Int) throws {
        let bank = try TemporaryBank()
        var generator = Numbers(state: 5)
        var paths: [String] = []
        for (number, size) in [0, 1, 64, 2_500_003, 131_072, 77].enumerated() {
            let bytes = (0..<size).map { _ in UInt8(truncatingIfNeeded: generator.next() >> 33) }
            paths.append("\(bank.folder)/raw\(number)")
            try Data(bytes).write(to: URL(fileURLWithPath: paths[number]))
        }
        let expected = try paths.map { try FileDigest.sha256(ofFileAt: $0) }
        let reading = SourceReading(paths, remembered: [nil, nil, nil, nil, nil, expected[5]])
        let (twin, whole) = (TwinSHA256(), SHA256())
        for step in [64, 70_000, 5, 128, 150_000, 2_200_000] {
            let frames = [UInt8](repeating: UInt8(step & 255), count: step)
            frames.withUnsafeBytes {
                whole.update($0)
                if TwinSHA256.isFastHere {
                    reading.advance(to: due, beside: twin, with: $0)
                } else {
                    twin.update($0)
                }
            }
        }
        #expect(reading.position <= min(due, 2_631_140))
        #expect(try reading.finish() == expected)
        #expect(twin.wholeDigest == whole.digest() && twin.partDigest == whole.digest())
    }
}
