internal import SpaceTime

/// What the training split looks like in stored units; used to normalise.
package struct FieldStatistics: Hashable, Sendable, Codable {
    package struct Channel: Hashable, Sendable, Codable {
        package var count: UInt64
        package var missing: UInt64
        package var least: Double?
        package var largest: Double?
        package var mean: Double?
        package var deviation: Double?
    }

    /// Bins that are not empty.
    package struct Histogram: Hashable, Sendable, Codable {
        /// Numbers of the bins, ascending; their edges follow from the element type (`FieldMoments.edge`).
        package var bins: [Int]
        package var counts: [UInt64]
    }

    package var channels: [Channel]
    package var histogram: Histogram

    package init(_ moments: [Moments], bins: [UInt64]) {
        channels = moments.map { part in
            let isEmpty = part.count == 0
            return Channel(
                count: part.count, missing: part.missing,
                least: isEmpty ? nil : part.least, largest: isEmpty ? nil : part.largest,
                mean: isEmpty || !part.mean.isFinite ? nil : part.mean,
                deviation: isEmpty || !part.deviation.isFinite ? nil : part.deviation)
        }
        let used = bins.indices.filter { bins[$0] > 0 }
        histogram = Histogram(bins: used, counts: used.map { bins[$0] })
    }
}
