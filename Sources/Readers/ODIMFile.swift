internal import ArrayFiles
internal import SpaceTime

/// One grid of an ODIM HDF5 file: `datasetN/dataM/data` and the `what` groups that explain it.
struct ODIMGrid: Hashable, Sendable {
    /// What all grids of one sequence share.
    struct Layout: Hashable, Sendable {
        var quantity: String
        var rows: Int
        var columns: Int
        var element: ElementType
        var gain: Double
        var offset: Double
        var nodata: Scalar?
        var undetect: Scalar?

        var summary: String {
            "\(quantity) \(rows)x\(columns) \(element.rawValue), gain \(gain), offset \(offset)"
        }

        /// What `undetect` comes to; nil where there is none.
        var physicalUndetect: Double? { undetect?.number.map { $0 * gain + offset } }
    }

    var layout: Layout
    /// Seconds since 1970, UTC.
    var time: Int64
    /// Path inside the file.
    var dataset: String
}

/// The grids of one ODIM HDF5 file.
struct ODIMFile: Sendable {
    let grids: [ODIMGrid]
    /// Attributes of the root's `where`: projection and grid.
    let place: [String: Scalar]

    /// - Throws: `.damaged` where a grid lacks what is needed to read it.
    init(path: String) throws(ReaderError) {
        let file = try HDF5File(path: path)
        place = file.isGroup("where") ? try file.attributes(of: "where") : [:]
        var grids: [ODIMGrid] = []
        for outer in try ODIMFile.numbered("dataset", in: "/", of: file) {
            for inner in try ODIMFile.numbered("data", in: outer, of: file) {
                grids.append(try ODIMFile.grid(outer, inner, of: file))
            }
        }
        self.grids = grids
    }

    /// `dataset1`, `dataset2`, … of a group, in the order of their numbers, as paths.
    private static func numbered(_ word: String, in group: String, of file: HDF5File) throws(ReaderError) -> [String] {
        try file.names(inGroup: group)
            .filter { $0.hasPrefix(word) && Int($0.dropFirst(word.count)) != nil }
            .sorted(by: NaturalOrder.precedes)
            .map { group == "/" ? $0 : "\(group)/\($0)" }
            .filter { file.isGroup($0) }
    }

    /// What is said further in holds before what is said further out.
    private static func grid(_ outer: String, _ inner: String, of file: HDF5File) throws(ReaderError) -> ODIMGrid {
        var what: [String: Scalar] = [:]
        for group in ["what", "\(outer)/what", "\(inner)/what"] where file.isGroup(group) {
            what.merge(try file.attributes(of: group)) { _, new in new }
        }
        let dataset = try file.dataset("\(inner)/data")
        let grid = try RainNetGrid(dataset, axes: 2)
        guard let quantity = text(what["quantity"]), let gain = what["gain"]?.number,
            let offset = what["offset"]?.number, gain.isFinite, gain != 0, offset.isFinite
        else {
            throw ReaderError(
                .damaged, "is not explained: `what` must hold quantity, gain (not 0) and offset", path: dataset.place)
        }
        let layout = ODIMGrid.Layout(
            quantity: quantity, rows: grid.shape[0], columns: grid.shape[1], element: grid.element, gain: gain,
            offset: offset, nodata: what["nodata"].flatMap { RainNetGrid.stored($0, as: grid.element) },
            undetect: what["undetect"].flatMap { RainNetGrid.stored($0, as: grid.element) })
        return ODIMGrid(layout: layout, time: try time(what, dataset.place), dataset: dataset.name)
    }

    /// `startdate` and `starttime`; where a file has none, the nominal `date` and `time`.
    private static func time(_ what: [String: Scalar], _ place: String) throws(ReaderError) -> Int64 {
        for (date, clock) in [("startdate", "starttime"), ("date", "time")] {
            guard let date = text(what[date]), let clock = text(what[clock]) else { continue }
            guard date.utf8.count == 8, [4, 6].contains(clock.utf8.count), let time = CivilTime.compact(date + clock)
            else {
                throw ReaderError(.damaged, "has the impossible time `\(date)` `\(clock)`", path: place)
            }
            return time
        }
        throw ReaderError(.damaged, "has no time: `what` must hold startdate and starttime", path: place)
    }

    private static func text(_ scalar: Scalar?) -> String? {
        guard case .text(let text)? = scalar, !text.isEmpty, text.utf8.count <= 64 else { return nil }
        return text
    }
}
