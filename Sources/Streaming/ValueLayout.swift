internal import CStream
internal import DataBank
internal import Glibc
internal import SpaceTime

/// How frames of one field become float32: crop, rule, missing values, resize.
///
/// `@unchecked Sendable`: the memory behind the pointers is filled by `init` and never changes.
final class ValueLayout: @unchecked Sendable {
    let field: Field
    let rule: ChannelRule
    let rows: Int
    let columns: Int
    private var layout = cs_layout()
    private let numbers: UnsafeMutablePointer<Double>
    private let missing: UnsafeMutablePointer<UInt64>
    private let taps: UnsafeMutablePointer<cs_tap>
    private var tables: UnsafeMutablePointer<Float>?

    /// - Throws: `.usage` where the crop does not lie in the grid.
    init(_ field: Field, _ rule: ChannelRule, _ plan: BatchPlan, pastCache: Bool) throws(BankError) {
        self.field = field
        self.rule = rule
        let crop = plan.crop ?? BatchPlan.Crop(rows: field.rows, columns: field.columns)
        guard crop.rows <= field.rows, crop.columns <= field.columns else {
            throw BankError(
                .usage,
                "a crop of \(crop.rows)x\(crop.columns) does not fit the grid of `\(field.name)`, "
                    + "\(field.rows)x\(field.columns)")
        }
        if case .fixed(let row, let column) = crop.place,
            !(0...(field.rows - crop.rows)).contains(row) || !(0...(field.columns - crop.columns)).contains(column)
        {
            throw BankError(
                .usage,
                "a crop of \(crop.rows)x\(crop.columns) at row \(row), column \(column) leaves the grid of "
                    + "`\(field.name)`, \(field.rows)x\(field.columns)")
        }
        rows = plan.resize?.rows ?? crop.rows
        columns = plan.resize?.columns ?? crop.columns
        numbers = .allocate(capacity: 2 * field.channels)
        numbers.initialize(repeating: 0, count: 2 * field.channels)
        for channel in 0..<field.channels {
            numbers[channel] = rule.scales[channel]
            numbers[field.channels + channel] = rule.offsets[channel]
        }
        let sentinels = field.missing.compactMap { $0.bits(as: field.element) }
        missing = .allocate(capacity: max(1, sentinels.count))
        for (place, bits) in sentinels.enumerated() { (missing + place).initialize(to: bits) }
        taps = .allocate(capacity: rows + columns)
        for (place, tap) in ValueLayout.taps(from: crop.rows, to: rows).enumerated() {
            (taps + place).initialize(to: tap)
        }
        for (place, tap) in ValueLayout.taps(from: crop.columns, to: columns).enumerated() {
            (taps + rows + place).initialize(to: tap)
        }
        layout.element = Int32(ElementType.allCases.firstIndex(of: field.element) ?? 0)
        layout.channels = field.channels
        layout.rows = field.rows
        layout.columns = field.columns
        layout.crop_rows = crop.rows
        layout.crop_columns = crop.columns
        layout.scales = UnsafePointer(numbers)
        layout.offsets = UnsafePointer(numbers + field.channels)
        layout.missing = UnsafePointer(missing)
        layout.missing_count = sentinels.count
        layout.fill = plan.fill
        layout.target_rows = rows
        layout.target_columns = columns
        layout.past_cache = pastCache ? 1 : 0
        if plan.resize != nil, (rows, columns) != (crop.rows, crop.columns) {
            layout.row_taps = UnsafePointer(taps)
            layout.column_taps = UnsafePointer(taps + rows)
        }
        if case .log(let shift) = rule.form { set(shift: shift) }
    }

    deinit {
        numbers.deallocate()
        missing.deallocate()
        taps.deallocate()
        tables?.deallocate()
    }

    private func set(shift: Double) {
        layout.rule = Int32(CS_LOG.rawValue)
        layout.shift = shift
        guard field.element.byteCount <= 2, layout.row_taps == nil else { return }
        let table = UnsafeMutablePointer<Float>.allocate(capacity: field.channels << (8 * field.element.byteCount))
        cs_fill_tables(&layout, table)
        layout.table = UnsafePointer(table)
        tables = table
    }

    var isPastCache: Bool { layout.past_cache != 0 }

    /// Elements of one frame of the batch.
    var elementsPerFrame: Int { field.channels * rows * columns }

    /// The layout with the crop at a place.
    func at(row: Int, column: Int) -> cs_layout {
        var own = layout
        own.crop_row = row
        own.crop_column = column
        return own
    }

    private static func taps(from source: Int, to target: Int) -> [cs_tap] {
        (0..<target).map { index in
            // The product is exact, so that only the division rounds.
            let centre = (Double(index) + 0.5) * Double(source) / Double(target)
            let place = min(max(centre - 0.5, 0), Double(source - 1))
            let first = Int(place)
            return cs_tap(
                first: Int32(first), second: Int32(min(first + 1, source - 1)), share: place - Double(first))
        }
    }
}
