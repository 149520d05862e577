import SpaceTime

/// SplitMix64: a small generator whose numbers are the same on every machine, so that a failure can be repeated.
package struct Draws: RandomNumberGenerator {
    private var state: UInt64

    package init(state: UInt64) { self.state = state }

    package mutating func next() -> UInt64 {
        state &+= KeyedRandom.step
        return KeyedRandom.mix64(state)
    }
}
