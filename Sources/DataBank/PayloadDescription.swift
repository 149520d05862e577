internal import SpaceTime

/// Describes a payload file in CF terms: several sequences one behind the other ("contiguous ragged array").
struct PayloadDescription {
    /// One sequence, or one piece of a long one, as the file shows it.
    struct Entry {
        var id: String
        var split: Split
        var group: String
        var origin: String
        /// The number of the first frame in `origin`.
        var firstFrame: Int
        var times: FrameTimes
        var flags: [FrameFlags]
        var attributes: [String: Scalar]
        /// One for each covariate, frame by frame; empty arrays stand for numbers not known yet.
        var covariates: [[Double]]
    }

    let field: Field
    let axis: TimeAxis
    let title: String
    let covariates: [Survey.Covariate]
    let entries: [Entry]

    private var frames: Int { entries.reduce(0) { $0 + $1.times.count } }

    var layout: PayloadLayout {
        var dimensions = [
            PayloadLayout.Dimension("frame", frames), PayloadLayout.Dimension("channel_\(field.name)", field.channels),
            PayloadLayout.Dimension("row_\(field.name)", field.rows),
            PayloadLayout.Dimension("column_\(field.name)", field.columns),
            PayloadLayout.Dimension("sequence", entries.count),
        ]
        var variables = [time, flags, rowSize, firstFrame]
        for (name, texts) in textColumns {
            let column = TextColumn(name, texts)
            dimensions.append(column.dimension)
            variables.append(column.variable(over: "sequence"))
        }
        if !field.channelNames.isEmpty {
            let column = TextColumn("channel_name", field.channelNames)
            dimensions.append(column.dimension)
            variables.append(column.variable(over: "channel_\(field.name)"))
        }
        variables += numberColumns
        for (number, covariate) in covariates.enumerated() {
            dimensions.append(PayloadLayout.Dimension("\(covariate.name)_width", covariate.width))
            variables.append(variable(of: covariate, number))
        }
        return PayloadLayout(
            attributes: [
                PayloadLayout.Attribute("Conventions", "CF-1.11 ACDD-1.3"), PayloadLayout.Attribute("title", title),
            ], dimensions: dimensions, payload: payload, variables: variables)
    }

    // MARK: The payload

    private var payload: PayloadLayout.Variable {
        PayloadLayout.Variable(
            "frames_\(field.name)", field.element,
            ["frame", "channel_\(field.name)", "row_\(field.name)", "column_\(field.name)"],
            field.valueAttributes(coordinates: "time"), bytes: [])
    }

    // MARK: Frame by frame

    private var time: PayloadLayout.Variable {
        let attributes = axis.attributes(longName: "time of the frame")
        return PayloadLayout.Variable(
            "time", .int64, ["frame"], attributes, bytes: littleEndian(entries.flatMap(\.times.values)))
    }

    private var flags: PayloadLayout.Variable {
        PayloadLayout.Variable(
            "flags", .uint8, ["frame"],
            [
                PayloadLayout.Attribute("long_name", "what is to be known of the frame"),
                PayloadLayout.Attribute("flag_masks", [1, 2, 4, 8, 16].map { .integer($0) }, as: .uint8),
                PayloadLayout.Attribute(
                    "flag_meanings", "duplicate gap_before missing segment_before outside_segments"),
            ], bytes: entries.flatMap { $0.flags.map(\.rawValue) })
    }

    private func variable(of covariate: Survey.Covariate, _ number: Int) -> PayloadLayout.Variable {
        let numbers = entries.flatMap { entry in
            entry.covariates.isEmpty
                ? [Double](repeating: .nan, count: entry.times.count * covariate.width) : entry.covariates[number]
        }
        return PayloadLayout.Variable(
            "covariate_\(covariate.name)", .float64, ["frame", "\(covariate.name)_width"],
            [
                PayloadLayout.Attribute("long_name", covariate.longName),
                PayloadLayout.Attribute("units", covariate.units),
                PayloadLayout.Attribute("_FillValue", [.real(.nan)], as: .float64),
            ], bytes: littleEndian(numbers.map(\.bitPattern)))
    }

    // MARK: Sequence by sequence

    private var rowSize: PayloadLayout.Variable {
        PayloadLayout.Variable(
            "row_size", .int64, ["sequence"],
            [
                PayloadLayout.Attribute("long_name", "number of frames of the sequence"),
                PayloadLayout.Attribute("sample_dimension", "frame"),
            ], bytes: littleEndian(entries.map { Int64($0.times.count) }))
    }

    private var firstFrame: PayloadLayout.Variable {
        PayloadLayout.Variable(
            "first_frame", .int64, ["sequence"],
            [PayloadLayout.Attribute("long_name", "number of the first frame in the sequence named by origin")],
            bytes: littleEndian(entries.map { Int64($0.firstFrame) }))
    }

    private var textColumns: [(String, [String])] {
        var columns = [
            ("sequence_id", entries.map(\.id)), ("split", entries.map(\.split.rawValue)),
            ("group", entries.map(\.group)), ("origin", entries.map(\.origin)),
        ]
        for name in attributeNames where !isNumeric(name) {
            columns.append(("sequence_\(name)", entries.map { PayloadDescription.text($0.attributes[name]) }))
        }
        return columns
    }

    private var numberColumns: [PayloadLayout.Variable] {
        attributeNames.filter(isNumeric).map { name in
            let numbers = entries.map { $0.attributes[name]?.number ?? .nan }
            return PayloadLayout.Variable(
                "sequence_\(name)", .float64, ["sequence"],
                [PayloadLayout.Attribute("_FillValue", [.real(.nan)], as: .float64)],
                bytes: littleEndian(numbers.map(\.bitPattern)))
        }
    }

    private var attributeNames: [String] { Set(entries.flatMap(\.attributes.keys)).sorted() }

    private func isNumeric(_ name: String) -> Bool {
        entries.allSatisfy { entry in entry.attributes[name].map { $0.number != nil } ?? true }
    }

    private static func text(_ value: Scalar?) -> String {
        switch value {
        case nil: ""
        case .integer(let number): String(number)
        case .real(let number): String(number)
        case .text(let text): text
        }
    }

    private func littleEndian<Number: FixedWidthInteger>(_ numbers: [Number]) -> [UInt8] {
        numbers.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }
}
