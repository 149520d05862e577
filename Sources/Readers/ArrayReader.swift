internal import ArrayFiles
package import SpaceTime

/// Plain arrays: npy, npz, MATLAB 5 and 7.3, HDF5, with the axis order given.
package struct ArrayReader: Reader {
    package static let format = "array"
    package static let version = 1
    package static var options: [ReaderOption] { ArraySettings.options }

    private let settings: ArraySettings

    package init(_ settings: ReaderSettings) throws(ReaderError) {
        self.settings = try ArraySettings(settings)
    }

    package func survey(_ location: Location) throws(ReaderError) -> any SurveyedSource {
        let found = try ArrayUnits(location, settings)
        let arrays = try ArrayField(found.units, settings)
        let samples = found.units.reduce(0) { $0 + $1.length(.sample) }
        guard samples <= 2_000_000 else {
            throw ReaderError(
                .damaged, "declares \(samples) samples; up to 2000000 are taken: check axes=…",
                path: location.paths.first)
        }
        var plan = ArraySequences(found.units, settings)
        let (rule, note) = plan.splitRule()
        guard plan.sequences.contains(where: { $0.frameCount > 0 }) else {
            throw ReaderError(.notFound, "the arrays hold no frames", path: location.paths.first)
        }
        var survey = Survey(
            format: Self.format, variant: found.forms.count == 1 ? found.forms.first ?? "" : "mixed", title: "Arrays",
            fields: [arrays.field], timeAxis: plan.axis, sequences: plan.sequences, sources: found.sources,
            skipped: found.skipped, splitRule: rule)
        survey.notes = found.notes + (note.map { [$0] } ?? [])
        let frames = PieceFrames(
            plan.arrays, pieces: plan.pieces, ReadResources(location), fitting: arrays.fitting)
        return FieldSource(survey, fields: [frames], fitting: arrays.fitting)
    }
}

/// The one field that all arrays make up.
private struct ArrayField {
    let field: Field
    /// Nil where all frames have one size.
    let fitting: FrameFitting?

    /// - Throws: `.damaged` naming both where two arrays have unlike frames, and no `size` is set to resize them to.
    init(_ units: [ArrayUnit], _ settings: ArraySettings) throws(ReaderError) {
        let all = units.flatMap(\.arrays)
        let first = all[0]
        let grid = ArrayField.grid(first)
        guard let element = first.array.element else {
            throw ReaderError(.damaged, "holds no numbers", path: first.array.path)
        }
        _ = try CheckedSize.product(grid + [element.byteCount], of: "a frame", path: first.array.path)
        for other in all {
            let otherGrid = ArrayField.grid(other)
            let isAlike = otherGrid == grid || FrameFitting.isAsked(settings.all) && otherGrid[0] == grid[0]
            guard !isAlike || other.array.element != element else { continue }
            throw ReaderError(
                .damaged,
                "has frames of \(other.array.element?.rawValue ?? "?") \(otherGrid), but "
                    + "\(first.array.path) of \(element) \(grid) (channels, rows, columns); give arrays of one type, and of "
                    + "one shape or with --set size=HxW",
                path: other.array.path)
        }
        for array in all where ArrayField.grid(array).contains(0) {
            throw ReaderError(.damaged, "has empty frames \(ArrayField.grid(array))", path: array.array.path)
        }
        let attributes = first.array.attributes
        func text(_ name: String) -> String? {
            if case .text(let text)? = attributes[name], !text.isEmpty { text } else { nil }
        }
        var field = Field(name: settings.name, element: element, channels: grid[0], rows: grid[1], columns: grid[2])
        field.units = settings.units != "1" ? settings.units : text("units") ?? "1"
        field.longName = text("long_name") ?? settings.name
        field.scale = settings.scale != 1 ? settings.scale : attributes["scale_factor"]?.number ?? 1
        field.offset = settings.offset != 0 ? settings.offset : attributes["add_offset"]?.number ?? 0
        field.missing = ArrayField.missing(settings.fill, attributes, element)
        self.field = field
        let sizes = all.map { FrameFitting.Size(rows: ArrayField.grid($0)[1], columns: ArrayField.grid($0)[2]) }
        fitting = try FrameFitting(field, sizes, settings.all)
    }

    private static func grid(_ array: OrderedArray) -> [Int] {
        [.channel, .row, .column].map { array.order.length($0, in: array.array.shape) }
    }

    private static func missing(_ fill: Double?, _ attributes: [String: Scalar], _ element: ElementType) -> [Scalar] {
        let declared = ["_FillValue", "missing_value"].compactMap { attributes[$0]?.number }
        var result: [Scalar] = []
        for value in (fill.map { [$0] } ?? []) + declared where !value.isNaN {
            let scalar: Scalar? =
                element.isFloatingPoint
                ? .real(element == .float32 ? Double(Float(value)) : value) : Int64(exactly: value).map { .integer($0) }
            if let scalar, !result.contains(scalar) { result.append(scalar) }
        }
        return result
    }
}
