internal import SpaceTime

/// The frames of one product put into sequences, and what is to be said of them.
struct RADOLANContents {
    struct Sequence {
        var id: String
        var frames: [RADOLANFrame]
    }

    let layout: RADOLANHeader.Layout
    let sequences: [Sequence]
    private let product: RADOLANProduct
    private let formatVersion: Int

    /// - Parameter wanted: the product to take, in capitals; nil where there must be one only.
    /// - Throws: `.usage` for several products; `.damaged` for frames of unlike layout; `.notFound`.
    init(_ scan: RADOLANScan, product wanted: String?, path: String) throws(ReaderError) {
        let byProduct = Dictionary(grouping: scan.found, by: \.key.product)
        let list = byProduct.keys.sorted().joined(separator: ", ")
        guard let name = wanted ?? byProduct.keys.sorted().first else {
            throw ReaderError(.notFound, "no RADOLAN file was found", path: path)
        }
        guard wanted != nil || byProduct.count == 1 else {
            let choices = byProduct.keys.sorted().map { $0.lowercased() }.joined(separator: " or ")
            throw ReaderError(
                .usage, "holds several products (\(list)); choose one with --set product=\(choices)", path: path)
        }
        guard let layouts = byProduct[name], let product = RADOLANProduct.named(name) else {
            throw ReaderError(.notFound, "holds no product \(name)" + (list.isEmpty ? "" : ", but \(list)"), path: path)
        }
        try RADOLANContents.refuseUnlike(layouts, path: path)
        layout = layouts[0].key
        formatVersion = layouts[0].value.formatVersion
        self.product = product
        sequences = RADOLANContents.sequences(layouts[0].value.frames, product)
    }

    private static func refuseUnlike(
        _ layouts: [(key: RADOLANHeader.Layout, value: RADOLANScan.Found)], path: String
    ) throws(ReaderError) {
        guard layouts.count > 1 else { return }
        let places = layouts.sorted { NaturalOrder.precedes($0.value.place, $1.value.place) }
        throw ReaderError(
            .damaged,
            "frames differ: `\(places[0].value.place)` is \(places[0].key.summary), "
                + "`\(places[1].value.place)` is \(places[1].key.summary); give them separately", path: path)
    }

    /// A forecast start is a sequence; of other products all frames are one.
    private static func sequences(_ frames: [RADOLANFrame], _ product: RADOLANProduct) -> [Sequence] {
        let name = product.name.lowercased()
        let ordered = frames.sorted {
            ($0.start, $0.time, $0.file, $0.member) < ($1.start, $1.time, $1.file, $1.member)
        }
        guard product.isForecast else { return [Sequence(id: name, frames: ordered)] }
        var result: [Sequence] = []
        for frame in ordered {
            if result.last?.frames.last?.start != frame.start {
                result.append(Sequence(id: "\(name)/\(stamp(frame.start))", frames: []))
            }
            result[result.count - 1].frames.append(frame)
        }
        return result
    }

    /// `YYMMDDhhmm`, as in the names of the files.
    private static func stamp(_ time: Int64) -> String {
        let civil = CivilTime(seconds: time)
        return [civil.year % 100, civil.month, civil.day, civil.hour, civil.minute]
            .map { $0 < 10 ? "0\($0)" : "\($0)" }.joined()
    }
}

extension RADOLANContents {
    func survey(files: [Survey.Source], skipped: [Survey.Skipped]) -> Survey {
        let used = Set(sequences.flatMap { $0.frames.map(\.file) })
        return Survey(
            format: RainNetReader.format, variant: "radolan", title: "RADOLAN \(product.name), \(product.longName)",
            citation: "Deutscher Wetterdienst (DWD), RADOLAN/RADKLIM", license: "DWD open data: name the source",
            fields: [field], timeAxis: TimeAxis(kind: .clock, utcOffsetMinutes: 0, cadence: cadence),
            sequences: sequences.map(surveyed), sources: used.sorted().map { files[$0] }, skipped: skipped,
            notes: notes, splitRule: splitRule)
    }

    private var cadence: Int64 { product.isForecast ? 300 : Int64(layout.interval) * 60 }

    private func surveyed(_ sequence: Sequence) -> SequenceSurvey {
        let times = FrameTimes(sequence.frames.map(\.time))
        guard product.isForecast, let start = sequence.frames.first?.start else {
            return SequenceSurvey(id: sequence.id, times: [times])
        }
        let day = String(CivilTime(seconds: start).text.prefix(10))
        return SequenceSurvey(
            id: sequence.id, times: [times], group: day, splitTime: start,
            attributes: ["forecast_start": .integer(start)])
    }

    /// By year as Ayzel; a forecast belongs whole to the year of its start.
    private var splitRule: SplitRule {
        product.isForecast ? RainNetReader.yearsOfAyzelBySequence : RainNetReader.yearsOfAyzel
    }

    private var notes: [String] {
        var notes = ["row 0 is the southern edge; times are UTC and as in the headers"]
        if product.isForecast { notes.append("each forecast start is a sequence of lead times") }
        notes.append(
            "without --split by year as Ayzel's RainNet: training to 2013, validation 2014-2015, test from 2016")
        return notes
    }

    private var field: Field {
        let grid = RADOLANGrid.attributes(rows: layout.rows, columns: layout.columns, formatVersion: formatVersion)
        let minutes = ["interval_minutes": Scalar.integer(Int64(layout.interval))]
        let attributes = grid.merging(minutes) { old, _ in old }
        let name = product.name.lowercased()
        switch product.quantity {
        case .rain:
            return Field(
                name: name, element: .int16, rows: layout.rows, columns: layout.columns, units: "mm",
                scale: layout.scale, missing: [.integer(Int64(RADOLANCells.missing))], rowOrder: .southFirst,
                longName: "\(product.longName) in \(layout.interval) minutes", attributes: attributes)
        case .reflectivity:
            return Field(
                name: name, element: .uint8, rows: layout.rows, columns: layout.columns, units: "dBZ", scale: 0.5,
                offset: -32.5, missing: [.integer(250), .integer(249)], rowOrder: .southFirst,
                longName: product.longName, attributes: attributes)
        }
    }
}
