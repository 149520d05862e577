internal import SpaceTime

/// Names one copy of one window: all its draws follow from these numbers (METHOD.md 4.5).
package struct CopyKey: Hashable, Sendable {
    package var seed: UInt64
    /// `KeyedRandom.sampleKey` of the window.
    package var sample: UInt64
    /// From 1.
    package var copy: Int
    /// How often the copy was drawn anew because it equalled an earlier one.
    package var attempt: Int

    package init(seed: UInt64, sample: UInt64, copy: Int, attempt: Int = 0) {
        precondition(copy >= 1 && copy < 1 << 32 && attempt >= 0, "copies are numbered from 1")
        self.seed = seed
        self.sample = sample
        self.copy = copy
        self.attempt = attempt
    }

    /// The draws of one purpose, which share their first keys.
    func draws(_ purpose: KeyedRandom.Purpose) -> DrawKey {
        DrawKey(seed: seed).adding(purpose.rawValue).adding(sample).adding(UInt64(copy) &+ UInt64(attempt) << 32)
    }
}

/// A list of keys to which more can be added; draws that begin alike share the work.
struct DrawKey {
    private var hash: UInt64

    init(seed: UInt64) { hash = KeyedRandom.mix64(seed &+ KeyedRandom.step) }

    func adding(_ key: UInt64) -> DrawKey {
        var next = self
        next.hash = KeyedRandom.mix64((hash ^ key) &+ KeyedRandom.step)
        return next
    }

    func adding(_ key: Int) -> DrawKey { adding(UInt64(bitPattern: Int64(key))) }

    /// A number in [0, 1).
    var uniform: Double { KeyedRandom.unit(hash) }
}
