internal import SpaceTime

/// Group `rng`: the keyed generator.
enum RandomParity {
    static func compare(_ group: GoldenGroup, _ comparison: inout Comparison) throws {
        let seeds = try group.array("seed").checked(axes: 1).words()
        let keys = try group.array("keys").checked(shape: [seeds.count, 6]).words()
        let expected = try group.array("h").checked(shape: [seeds.count]).words()
        let bits = seeds.indices.map { index in
            let own = Array(keys[(index * 6)..<(index * 6 + 6)])
            return KeyedRandom(seed: seeds[index]).bits(own[0], own[1], own[2], own[3], own[4], own[5])
        }
        let differing = zip(bits, expected).count { $0 != $1 }
        comparison.note("h", [Double(differing)], [0], tolerance: 0)
        try comparison.equal("u", bits.map { KeyedRandom.unit($0) }, in: group)
    }
}
