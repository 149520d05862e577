package import SpaceTime

/// What a user takes of a source, whatever its format: a part of the grid, another size, some of the frames.
///
/// In this order: `time` chooses frames, `duplicates` deals with repeated times, `stride` thins them out; `crop` cuts the
/// grid, `size` resizes what is left. Readers whose frames have unlike sizes do the last two themselves (``FrameFitting``).
package struct Selection: Sendable {
    /// What happens to frames that have the same time as the frame before.
    package enum Duplicates: String, Hashable, Sendable, CaseIterable {
        case keep, first, refuse
    }

    package static let options: [ReaderOption] = [
        ReaderOption(
            "size", .size, standard: "native",
            help: "Rows and columns that every frame is resized to, bilinear without smoothing, such as 128x128."),
        ReaderOption(
            "crop", .box, standard: "the whole grid",
            help: "The part of the grid that is kept, ROW:COLUMN:HxW, in cells of the first field, before `size`."),
        ReaderOption("stride", .integer, standard: "1", help: "Every k-th frame of each sequence, the first included."),
        ReaderOption(
            "time", .text, standard: "all",
            help: "Frames from A to B, both included: A..B, dates such as 2018-06-01 or counters; a side may be empty."),
        ReaderOption(
            "duplicates", .choice(Duplicates.allCases.map(\.rawValue)), standard: "keep",
            help: "Frames with the time of the frame before: keep them (flagged), take the first only, or refuse."),
    ]

    let size: (rows: Int, columns: Int)?
    let crop: (row: Int, column: Int, rows: Int, columns: Int)?
    let stride: Int
    let time: SelectionTime?
    let duplicates: Duplicates

    /// - Throws: `ReaderError` `.usage` for values that no source could satisfy.
    package init(_ settings: ReaderSettings) throws(ReaderError) {
        size = settings.size("size")
        crop = settings.box("crop")
        stride = settings.integer("stride") ?? 1
        guard stride >= 1 else { throw ReaderError(.usage, "--set stride=\(stride): 1 or more is needed") }
        if let text = settings["time"] { time = try SelectionTime(text) } else { time = nil }
        duplicates = settings["duplicates"].flatMap { Duplicates(rawValue: $0) } ?? .keep
    }

    /// The source as selected; the source itself where nothing changes.
    ///
    /// - Parameter scratch: a folder for frames that memory should not hold.
    /// - Throws: `.usage` where the selection does not suit the source or leaves nothing; `.damaged` for refused duplicates.
    package func applied(to source: any SurveyedSource, scratch: String) throws(ReaderError) -> any SurveyedSource {
        let grids =
            source.isFitted
            ? source.survey.fields.map { SelectionGrid($0, box: nil, size: nil) } : try grids(source.survey)
        let frames = try SelectionFrames(self, source.survey)
        if frames.isIdentity, grids.allSatisfy(\.isIdentity) { return source }
        let said = source.isFitted ? [] : notes
        return SelectedSource(source, grids: grids, frames: frames, notes: said, scratch: scratch)
    }

    private func grids(_ survey: Survey) throws(ReaderError) -> [SelectionGrid] {
        var grids: [SelectionGrid] = []
        for field in survey.fields {
            guard field.rows > 0, field.columns > 0 else {
                throw ReaderError(.damaged, "field `\(field.name)` has \(field.rows)x\(field.columns) cells")
            }
            let grid = SelectionGrid(field, box: try box(in: field, first: survey.fields[0]), size: size)
            guard grid.target.frameByteCount <= max(1 << 30, field.frameByteCount) else {
                throw ReaderError(.usage, "--set size: a frame of `\(field.name)` would take more than 1 GiB")
            }
            grids.append(grid)
        }
        return grids
    }

    /// The crop in cells of a field; fields of finer or coarser grids are cut at the same places.
    private func box(
        in field: Field, first: Field
    ) throws(ReaderError) -> (row: Int, column: Int, rows: Int, columns: Int)? {
        guard let crop else { return nil }
        guard crop.rows <= first.rows - crop.row, crop.columns <= first.columns - crop.column else {
            throw ReaderError(
                .usage, "--set crop=\(cropText): the grid of `\(first.name)` has \(first.rows)x\(first.columns) cells")
        }
        func scaled(_ value: Int, _ to: Int, _ from: Int) -> Int? {
            let (product, overflow) = value.multipliedReportingOverflow(by: to)
            return !overflow && product % from == 0 ? product / from : nil
        }
        if let row = scaled(crop.row, field.rows, first.rows), let rows = scaled(crop.rows, field.rows, first.rows),
            let column = scaled(crop.column, field.columns, first.columns),
            let columns = scaled(crop.columns, field.columns, first.columns), rows > 0, columns > 0
        {
            return (row, column, rows, columns)
        }
        throw ReaderError(
            .usage,
            "--set crop=\(cropText): its edges fall inside cells of `\(field.name)`, whose grid is "
                + "\(field.rows)x\(field.columns) to the \(first.rows)x\(first.columns) of `\(first.name)`")
    }

    private var cropText: String { crop.map { "\($0.row):\($0.column):\($0.rows)x\($0.columns)" } ?? "" }

    private var notes: [String] {
        var notes: [String] = []
        if let crop {
            notes.append("cropped to \(crop.rows)x\(crop.columns) from row \(crop.row), column \(crop.column)")
        }
        if let size { notes.append("resized to \(size.rows)x\(size.columns), bilinear without smoothing") }
        if crop != nil || size != nil { notes.append("positions in attributes speak of the source's grid") }
        return notes
    }
}
