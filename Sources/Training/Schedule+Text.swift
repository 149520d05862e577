extension Schedule {
    /// Reads `constant`, `one-cycle`, `cosine[:WARM-UP EPOCHS]` (OpenSTL's, which rises from 1e-5 to the rate and falls to 1e-6)
    /// or `warm-up[:PART]` (Earthformer's, a fifth of all steps where no part is given).
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let more = parts.count == 2 ? parts[1] : nil
        switch (parts[0], parts.count) {
        case ("constant", 1): self = .constant
        case ("one-cycle", 1): self = .oneCycle
        case ("cosine", 1): self = .cosine(warmUp: 0, start: 1e-5, floor: 1e-6)
        case ("cosine", 2):
            guard let epochs = more.flatMap({ Int($0) }), epochs >= 0 else { return nil }
            self = .cosine(warmUp: epochs, start: 1e-5, floor: 1e-6)
        case ("warm-up", 1): self = .warmUpThenCosine(part: 0.2, floor: 1e-3)
        case ("warm-up", 2):
            guard let part = more.flatMap({ Double($0) }), part > 0, part < 1 else { return nil }
            self = .warmUpThenCosine(part: part, floor: 1e-3)
        default: return nil
        }
    }
}
