internal import DataBank
internal import SpaceTime

/// A normalisation as numbers of one field. StreamOrder.md, "Values".
struct ChannelRule: Sendable {
    enum Form: Sendable {
        /// stored * A + B.
        case affine
        /// ln(max(0, stored * scale + offset) + shift).
        case log(shift: Double)
    }

    var form: Form
    /// A, or scale; one a channel.
    var scales: [Double]
    /// B, or offset; one a channel.
    var offsets: [Double]

    /// - Throws: `.usage` where the rule needs training data or a benchmark's rule that is not there.
    init(_ rule: Normalisation, field number: Int, of dataset: Dataset, source: String) throws(BankError) {
        let field = dataset.identity.fields[number]
        let uniform = { (scale: Double, offset: Double) in
            (
                [Double](repeating: scale, count: field.channels),
                [Double](repeating: offset, count: field.channels)
            )
        }
        form = .affine
        switch rule {
        case .none: (scales, offsets) = uniform(field.scale, field.offset)
        case .affine(let a, let b): (scales, offsets) = uniform(a * field.scale, a * field.offset + b)
        case .log:
            form = .log(shift: 1)
            (scales, offsets) = uniform(field.scale, field.offset)
        case .standard: (scales, offsets) = try ChannelRule.standard(number, dataset)
        case .minmax: (scales, offsets) = try ChannelRule.range(number, dataset, to: (0, 1))
        case .benchmark:
            switch (source, field.name) {
            case ("sevir", "vil"): (scales, offsets) = uniform(1 / 255, 0)
            case ("sevir", "ir069"): (scales, offsets) = uniform(1 / 1174.68, 3683.58 / 1174.68)
            case ("sevir", "ir107"): (scales, offsets) = uniform(1 / 2562.43, 1552.80 / 2562.43)
            case ("sevir", "lght"): (scales, offsets) = uniform(1 / 0.60517, -0.02990 / 0.60517)
            case ("taxibj", _): (scales, offsets) = try ChannelRule.range(number, dataset, to: (-1, 1))
            case ("kth", _) where field.element == .uint8, ("pd", _) where field.element == .uint8,
                ("firesys", _) where field.element == .uint8:
                (scales, offsets) = uniform(1 / 255, 0)
            case ("rainnet", _) where field.units == "mm":
                form = .log(shift: 0.01)
                (scales, offsets) = uniform(field.scale, field.offset)
            default:
                throw BankError(
                    .usage,
                    "there is no benchmark's rule for field `\(field.name)` of \(source); "
                        + "take none, standard, minmax, log or affine:A,B")
            }
        }
    }

    private static func statistics(_ number: Int, _ dataset: Dataset) throws(BankError) -> [FieldStatistics.Channel] {
        guard dataset.record.statistics.indices.contains(number), let found = dataset.record.statistics[number],
            found.channels.count == dataset.identity.fields[number].channels
        else {
            throw BankError(
                .usage,
                "there are no training frames, so nothing to normalise by; ingest with another --split, or take "
                    + "none, log, benchmark or affine:A,B")
        }
        return found.channels
    }

    private static func standard(_ number: Int, _ dataset: Dataset) throws(BankError) -> ([Double], [Double]) {
        let sign = dataset.identity.fields[number].scale < 0 ? -1.0 : 1.0
        var (scales, offsets): ([Double], [Double]) = ([], [])
        for channel in try statistics(number, dataset) {
            let deviation = channel.deviation ?? 1
            let scale = sign / (deviation == 0 ? 1 : deviation)
            scales.append(scale)
            offsets.append(-scale * (channel.mean ?? 0))
        }
        return (scales, offsets)
    }

    /// The training split's range becomes `low` to `high`.
    private static func range(_ number: Int, _ dataset: Dataset, to target: (low: Double, high: Double))
        throws(BankError) -> ([Double], [Double])
    {
        let isFalling = dataset.identity.fields[number].scale < 0
        var (scales, offsets): ([Double], [Double]) = ([], [])
        for channel in try statistics(number, dataset) {
            let (least, largest) = (channel.least ?? 0, channel.largest ?? 0)
            let width = largest - least == 0 ? 1 : largest - least
            let scale = (isFalling ? -1 : 1) / width
            let offset = -scale * (isFalling ? largest : least)
            scales.append(scale * (target.high - target.low))
            offsets.append(offset * (target.high - target.low) + target.low)
        }
        return (scales, offsets)
    }
}
