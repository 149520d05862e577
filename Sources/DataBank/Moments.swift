internal import CKernels
package import SpaceTime

/// Count, missing, least, largest, mean and deviation of some elements, in stored units; they can be added in order.
package struct Moments: Hashable, Sendable {
    /// Valid elements.
    package var count: UInt64 = 0
    /// Elements that are a sentinel, NaN or infinite.
    package var missing: UInt64 = 0
    package var least = Double.infinity
    package var largest = -Double.infinity
    package var mean = 0.0
    /// The sum of squared differences from the mean.
    package var squares = 0.0

    package init() {}

    init(_ raw: ck_moments) {
        count = raw.count
        missing = raw.missing
        least = raw.least
        largest = raw.largest
        mean = raw.mean
        squares = raw.squares
    }

    private var raw: ck_moments {
        ck_moments(count: count, missing: missing, least: least, largest: largest, mean: mean, squares: squares)
    }

    /// The population's standard deviation.
    package var deviation: Double { count == 0 ? 0 : (squares / Double(count)).squareRoot() }

    /// Adds what follows in stored order; the last digit depends on the order.
    package mutating func add(_ other: Moments) {
        var total = raw
        var part = other.raw
        ck_merge_moments(&total, &part)
        self = Moments(total)
    }
}

extension Moments: Codable {
    /// `[count, missing, least, largest, mean, squares]`, the last four absent where nothing is valid.
    package init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        count = try container.decode(UInt64.self)
        missing = try container.decode(UInt64.self)
        guard !container.isAtEnd else { return }
        least = try container.decode(Scalar.self).number ?? .nan
        largest = try container.decode(Scalar.self).number ?? .nan
        mean = try container.decode(Scalar.self).number ?? .nan
        squares = try container.decode(Scalar.self).number ?? .nan
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(count)
        try container.encode(missing)
        guard count > 0 else { return }
        // Squares of numbers beyond 1e154 overflow; JSON has no infinity, `Scalar` has a word for it.
        for value in [least, largest, mean, squares] { try container.encode(Scalar.real(value)) }
    }
}

/// Moments of each channel of a field and the histogram of all of them, as frames come by.
package struct FieldMoments: Sendable {
    private let elementsPerPlane: Int
    private let planeBytes: Int
    private let element: Int32
    private let sentinels: [UInt64]
    /// One for each channel.
    package private(set) var channels: [Moments]
    /// Elements a bin; the edges follow from the element type.
    package private(set) var bins: [UInt64]

    package init(_ field: Field) {
        elementsPerPlane = field.rows * field.columns
        planeBytes = elementsPerPlane * field.element.byteCount
        element = Int32(ElementType.allCases.firstIndex(of: field.element) ?? 0)
        sentinels = field.missing.compactMap { $0.bits(as: field.element) }
        channels = [Moments](repeating: Moments(), count: field.channels)
        bins = [UInt64](repeating: 0, count: ck_bin_count(element))
    }

    /// Adds whole frames. Returns which of them have no valid element at all.
    package mutating func add(_ frames: UnsafeRawBufferPointer) -> [Bool] {
        let frameBytes = planeBytes * channels.count
        return (0..<(frames.count / frameBytes)).map { frame in
            var valid: UInt64 = 0
            for channel in channels.indices {
                let begin = frame * frameBytes + channel * planeBytes
                let plane = UnsafeRawBufferPointer(rebasing: frames[begin..<(begin + planeBytes)])
                var found = ck_moments()
                ck_plane_moments(
                    element, plane.baseAddress, elementsPerPlane, sentinels, sentinels.count, &found, &bins)
                valid += found.count
                channels[channel].add(Moments(found))
            }
            return valid == 0
        }
    }

    /// The lower edge of each bin in stored units, without the lowest bin's where it is not finite.
    package static func edge(ofBin bin: Int, element: ElementType) -> Double {
        ck_bin_edge(Int32(ElementType.allCases.firstIndex(of: element) ?? 0), bin)
    }
}
