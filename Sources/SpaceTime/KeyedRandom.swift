internal import CHash

/// Random numbers that follow from a seed and the names of what they decide: no state, so any order and any thread
/// give the same numbers. METHOD.md section 4.5.
public struct KeyedRandom: Hashable, Sendable, Codable {
    /// What a number decides; the first key.
    public enum Purpose: UInt64, Hashable, Sendable, Codable {
        case selection = 0
        case inclusionProbability = 1
        case inclusionCoin = 2
        case emptySetFallback = 3
        case gradientSign = 5
        case donor = 6
        case donorPatch = 7
    }

    public var seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    @inlinable package static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

    /// Scrambles 64 bits; one to one.
    @inlinable public static func mix64(_ bits: UInt64) -> UInt64 {
        var z = bits
        z ^= z >> 30
        z = z &* 0xBF58_476D_1CE4_E5B9
        z ^= z >> 27
        z = z &* 0x94D0_49BB_1331_11EB
        z ^= z >> 31
        return z
    }

    /// XXH3, 64 bits, of a name's UTF-8 bytes.
    public static func hash(of name: String) -> UInt64 {
        var name = name
        return name.withUTF8 { XXH3_64bits($0.baseAddress, $0.count) }
    }

    /// The key of a window: the same whatever the stride, the split and what is added to the data set later.
    public static func sampleKey(sequence id: String, firstFrame: Int) -> UInt64 {
        mix64(hash(of: id) ^ UInt64(bitPattern: Int64(firstFrame)))
    }

    /// 64 random bits for a list of keys; the order of the keys counts.
    public func bits(_ keys: UInt64...) -> UInt64 {
        keys.reduce(Self.mix64(seed &+ Self.step)) { Self.mix64(($0 ^ $1) &+ Self.step) }
    }

    /// A number in [0, 1), a multiple of 2⁻⁵³. Copies are numbered from 1; keys that a purpose does not use stay 0.
    public func uniform(
        _ purpose: Purpose, sample: UInt64, copy: UInt64, frame: UInt64 = 0, patch: UInt64 = 0, neighbour: UInt64 = 0
    ) -> Double {
        Self.unit(bits(purpose.rawValue, sample, copy, frame, patch, neighbour))
    }

    @inlinable package static func unit(_ bits: UInt64) -> Double { Double(bits >> 11) * 0x1p-53 }
}
