import BankRig
import SpaceTime
import Testing

@testable import Streaming

struct PermutationTests {
    @Test(arguments: [1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 1000, 4096, 5000])
    func everyPlaceHoldsAnotherNumber(count: Int) {
        for key in 0..<5 as Range<UInt64> {
            let permutation = Permutation(count: count, key: KeyedRandom.mix64(key))
            #expect(Set((0..<count).map { permutation($0) }) == Set(0..<count))
        }
    }

    @Test(arguments: [1 << 31, 1 << 40, 1 << 61])
    func largeCountsStayInRange(count: Int) {
        let permutation = Permutation(count: count, key: 7)
        let values = (0..<200).map { permutation(count - 1 - $0) }
        #expect(values.allSatisfy { (0..<count).contains($0) } && Set(values).count == 200)
    }

    /// Over many keys each number stands at each place about equally often: chi-square of 49 degrees of freedom a place.
    @Test func noPlaceHasAFavourite() {
        let (count, keys) = (50, 4000)
        var seen = [[Int]](repeating: [Int](repeating: 0, count: count), count: count)
        for key in 0..<keys {
            let permutation = Permutation(count: count, key: KeyedRandom.mix64(UInt64(key)))
            for place in 0..<count { seen[place][permutation(place)] += 1 }
        }
        let expected = Double(keys) / Double(count)
        let sums = seen.map { row in
            row.reduce(0.0) { $0 + (Double($1) - expected) * (Double($1) - expected) / expected }
        }
        // Mean 49, deviation 9.9; the mean of 50 rows has deviation 1.4.
        let mean = sums.reduce(0, +) / Double(count)
        #expect(abs(mean - 49) < 7, "chi-square \(mean)")
        #expect(sums.allSatisfy { $0 < 49 + 6 * 9.9 })
    }

    @Test func blocksVisitEveryWindowOnceAndKeepGroupsTogether() {
        var numbers = Numbers(state: 5)
        for _ in 0..<300 {
            let windows = Int.random(in: 1...400, using: &numbers)
            let (size, mixed) = (Int.random(in: 1...50, using: &numbers), Int.random(in: 1...6, using: &numbers))
            let order = EpochOrder(.blocks(size: size, mixed: mixed), windows: windows, seed: numbers.next(), epoch: 3)
            let served = (0..<windows).map { order.window(at: $0) }
            #expect(Set(served) == Set(0..<windows), "\(windows) windows, blocks of \(size), \(mixed) mixed")
            // A stretch as long as a group meets three groups at most, one of them the shorter one.
            let stretch = min(windows, size * mixed)
            for start in stride(from: 0, to: windows - stretch + 1, by: max(1, stretch / 3)) {
                let blocks = Set(served[start..<(start + stretch)].map { $0 / size })
                #expect(blocks.count <= 3 * mixed)
            }
        }
    }

    @Test func epochsAndSeedsDiffer() {
        let served = { (seed: UInt64, epoch: Int) in
            let order = EpochOrder(.shuffled, windows: 100, seed: seed, epoch: epoch)
            return (0..<100).map { order.window(at: $0) }
        }
        #expect(served(1, 0) == served(1, 0))
        #expect(Set([served(1, 0), served(1, 1), served(2, 0), served(.max, 0)]).count == 4)
    }
}
