internal import SpaceTime

/// A keyed permutation of `0 ..< count` without memory: a Feistel network of eight rounds that walks until it is back in
/// the range. StreamOrder.md, "Order".
struct Permutation: Sendable {
    private static let rounds = 8

    let count: UInt64
    private let half: UInt64
    private let mask: UInt64
    private let keys: [UInt64]

    init(count: Int, key: UInt64) {
        precondition(count > 0, "nothing to permute")
        self.count = UInt64(count)
        var half: UInt64 = 1
        while half < 31, (1 << (2 * half)) < self.count { half += 1 }
        self.half = (1 << (2 * half)) < self.count ? 32 : half
        mask = (1 << self.half) &- 1
        keys = (0..<Permutation.rounds).map { KeyedRandom.mix64((key ^ UInt64($0)) &+ KeyedRandom.step) }
    }

    /// What stands at a place. Cost: two walks on average, four at most in the mean of the worst counts.
    func callAsFunction(_ place: Int) -> Int {
        precondition(place >= 0 && UInt64(place) < count, "place \(place) of \(count)")
        var value = UInt64(place)
        repeat {
            var (left, right) = (value >> half, value & mask)
            for key in keys {
                let mixed = KeyedRandom.mix64((key ^ right) &+ KeyedRandom.step) & mask
                (left, right) = (right, left ^ mixed)
            }
            value = left << half | right
        } while value >= count
        return Int(value)
    }
}
