internal import Glibc
internal import SpaceTime

extension Publication {
    /// What statistics of a field begin with: nothing, or for replaced patches the parent's training frames, so that they tell of
    /// originals and patches together.
    func baseStatistics(ofField field: Field) throws -> (channels: [Moments], bins: [UInt64]) {
        var channels = [Moments](repeating: Moments(), count: field.channels)
        var bins = FieldMoments(field).bins
        guard let derivation = request.derivation, derivation.kind == .environments else { return (channels, bins) }
        let parent = try Dataset(derivation.parents[0], in: bank)
        guard let number = parent.identity.fields.firstIndex(where: { $0.name == field.name }) else {
            throw BankError(.usage, "the parent has no field `\(field.name)`")
        }
        let rows = try parent.sequences()
        for piece in try parent.pieces() where piece.field == number && rows[piece.sequence].split == .train {
            for (channel, moments) in piece.moments.enumerated() { channels[channel].add(moments) }
        }
        if let histogram = parent.record.statistics[number]?.histogram {
            for (bin, count) in zip(histogram.bins, histogram.counts) where bins.indices.contains(bin) {
                bins[bin] += count
            }
        }
        return (channels, bins)
    }
}
