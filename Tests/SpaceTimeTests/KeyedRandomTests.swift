import SpaceTime
import Testing

@Suite struct KeyedRandomTests {
    /// From the golden file `method.h5`, group `rng`.
    @Test(
        arguments: [
            (0, [0, 0, 0, 0, 0, 0], 701_279_491_252_118_104),
            (0, [0, 0, 0, 0, 0, 1], 11_253_198_962_527_611_982),
            (17_716_999, [213, 953, 917, 162, 192, 686], 11_011_184_951_219_859_712),
            (158_168_800, [152, 363, 350, 120, 437, 996], 3_192_641_961_505_801_846),
            (1_154_895_339, [330, 229, 816, 279, 589, 593], 10_579_412_518_633_060_657),
        ] as [(UInt64, [UInt64], UInt64)])
    func bitsAreThoseOfTheMethod(_ seed: UInt64, _ keys: [UInt64], _ bits: UInt64) {
        let random = KeyedRandom(seed: seed)
        #expect(random.bits(keys[0], keys[1], keys[2], keys[3], keys[4], keys[5]) == bits)
    }

    @Test func uniformNumbersAreThoseOfTheMethod() {
        let random = KeyedRandom(seed: 0)
        #expect(
            random.uniform(.selection, sample: 0, copy: 0, neighbour: 1)
                == Double(11_253_198_962_527_611_982 >> 11 as UInt64) * 0x1p-53)
        #expect(random.uniform(.inclusionCoin, sample: 1, copy: 1) != random.uniform(.selection, sample: 1, copy: 1))
    }

    /// XXH3_64bits of the reference implementation (`xxhash` 0.8.1).
    @Test func namesAreHashedAsXXH3Does() {
        #expect(KeyedRandom.hash(of: "") == 0x2D06_8005_38D3_94C2)
        #expect(KeyedRandom.sampleKey(sequence: "", firstFrame: 0) == KeyedRandom.mix64(0x2D06_8005_38D3_94C2))
        #expect(
            KeyedRandom.sampleKey(sequence: "a", firstFrame: 1) != KeyedRandom.sampleKey(sequence: "a", firstFrame: 2))
    }
}
