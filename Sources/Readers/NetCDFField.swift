internal import ArrayFiles
internal import SpaceTime

/// One variable as a field: stored numbers, and what its attributes say of them.
struct NetCDFField {
    let field: Field
    let axes: NetCDFAxes
    let notes: [String]

    init(_ variable: NetCDFFile.Variable, in file: NetCDFFile) throws(ReaderError) {
        guard let stored = variable.element else {
            throw ReaderError(.usage, "variable \(variable.name) holds no numbers", path: file.path)
        }
        let axes = NetCDFAxes(variable, in: file)
        self.axes = axes
        let element = NetCDFField.element(stored, variable)
        let lengths = Dictionary(variable.dimensions.map { ($0.name, $0.length) }) { first, _ in first }
        let channels = try CheckedSize.product(axes.channels.map(\.length), of: variable.name, path: file.path)
        var field = Field(
            name: NetCDFField.name(variable.name), element: element, channels: channels,
            rows: axes.row.flatMap { lengths[$0] } ?? 1, columns: axes.column.flatMap { lengths[$0] } ?? 1)
        field.units = variable.text("units").flatMap { $0.isEmpty ? nil : $0 } ?? "1"
        field.longName = variable.text("long_name").flatMap { $0.isEmpty ? nil : $0 } ?? variable.name
        field.scale = variable.attribute("scale_factor")?.number ?? 1
        field.offset = variable.attribute("add_offset")?.number ?? 0
        field.missing = NetCDFField.missing(variable, element)
        field.rowOrder = try axes.rowOrder(in: file)
        field.channelNames = try NetCDFField.channelNames(axes, in: file)
        field.attributes = NetCDFField.kept(variable)
        guard field.scale.isFinite, field.scale != 0, field.offset.isFinite else {
            throw ReaderError(
                .damaged, "\(variable.name) has scale_factor \(field.scale), add_offset \(field.offset)",
                path: file.path)
        }
        self.field = field
        notes = NetCDFField.notes(variable, axes)
    }

    /// `_Unsigned = "true"` is how classic files say that bits are unsigned.
    private static func element(_ stored: ElementType, _ variable: NetCDFFile.Variable) -> ElementType {
        guard variable.text("_Unsigned")?.lowercased() == "true" else { return stored }
        switch stored {
        case .int8: return .uint8
        case .int16: return .uint16
        case .int32: return .uint32
        case .int64: return .uint64
        default: return stored
        }
    }

    /// Lower case, `a` to `z`, digits and underscores, a letter in front.
    static func name(_ original: String) -> String {
        let last = original.split(separator: "/").last.map(String.init) ?? original
        var text = ""
        for scalar in last.lowercased().unicodeScalars {
            let isPlain = ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar)
            if isPlain { text.unicodeScalars.append(scalar) } else if !text.hasSuffix("_") { text += "_" }
        }
        while text.hasSuffix("_") { text.removeLast() }
        while text.hasPrefix("_") { text.removeFirst() }
        guard let first = text.unicodeScalars.first, ("a"..."z").contains(first) else {
            return text.isEmpty ? "field" : "field_" + text
        }
        return text
    }

    /// `_FillValue`, then `missing_value`, then what the library fills with where the file does not say.
    private static func missing(_ variable: NetCDFFile.Variable, _ element: ElementType) -> [Scalar] {
        var found = variable.attributes["_FillValue"] ?? []
        let isDeclared = !found.isEmpty
        found += variable.attributes["missing_value"] ?? []
        if !isDeclared, let standard = standardFill(element) { found.append(standard) }
        var result: [Scalar] = []
        for value in found.map({ unsigned($0, element) }) {
            guard let value = fitting(value, element), !result.contains(value) else { continue }
            result.append(value)
        }
        return result
    }

    /// Attributes of unsigned variables are often stored signed.
    private static func unsigned(_ value: Scalar, _ element: ElementType) -> Scalar {
        guard case .integer(let number) = value, number < 0, let range = element.integerRange, range.least == 0 else {
            return value
        }
        return .integer(number &+ Int64(bitPattern: range.largest) &+ 1)
    }

    /// The value as an element can hold it; NaN always counts as missing and is left out.
    private static func fitting(_ value: Scalar, _ element: ElementType) -> Scalar? {
        guard let number = value.number, !number.isNaN else { return nil }
        if element == .float32 { return .real(Double(Float(number))) }
        if element == .float64 { return .real(number) }
        if case .integer = value { return value }
        return Int64(exactly: number).map { .integer($0) }
    }

    /// `NC_FILL_*`; single bytes have none in practice.
    private static func standardFill(_ element: ElementType) -> Scalar? {
        switch element {
        // That of uint64 is beyond what a scalar holds exactly.
        case .int8, .uint8, .uint64: nil
        case .int16: .integer(-32767)
        case .uint16: .integer(65535)
        case .int32: .integer(-2_147_483_647)
        case .uint32: .integer(4_294_967_295)
        case .int64: .integer(-9_223_372_036_854_775_806)
        case .float32, .float64: .real(9.969_209_968_386_869e36)
        }
    }

    /// The numbers of the only dimension that became channels, or counters.
    private static func channelNames(_ axes: NetCDFAxes, in file: NetCDFFile) throws(ReaderError) -> [String] {
        guard axes.channels.count == 1, let dimension = axes.channels.first, dimension.length <= 4096,
            let variable = file.coordinate(dimension.name), variable.element != nil
        else { return [] }
        let units = variable.text("units").map { " " + $0 } ?? ""
        return try file.scalars(variable).map { value in
            switch value {
            case .integer(let number): "\(number)\(units)"
            case .real(let number):
                Int64(exactly: number).map { "\($0)\(units)" } ?? "\(number)\(units)"
            case .text(let text): text
            }
        }
    }

    /// Attributes that say something beyond the field's own properties.
    private static func kept(_ variable: NetCDFFile.Variable) -> [String: Scalar] {
        let own: Set<String> = [
            "units", "long_name", "scale_factor", "add_offset", "_FillValue", "missing_value", "coordinates",
            "_Unsigned",
            "DIMENSION_LIST", "REFERENCE_LIST", "_Netcdf4Dimid", "_Netcdf4Coordinates", "CLASS", "NAME", "grid_mapping",
            "_ChunkSizes", "ancillary_variables",
        ]
        return variable.attributes.compactMapValues { $0.count == 1 ? $0[0] : nil }.filter { !own.contains($0.key) }
    }

    private static func notes(_ variable: NetCDFFile.Variable, _ axes: NetCDFAxes) -> [String] {
        var notes: [String] = []
        for name in ["valid_range", "valid_min", "valid_max"] {
            guard let values = variable.attributes[name] else { continue }
            let text = values.map { $0.number.map { "\($0)" } ?? "?" }.joined(separator: " to ")
            notes.append(
                "\(variable.name) declares \(name) \(text) (stored numbers); values outside are kept as they are.")
        }
        if !axes.channels.isEmpty {
            let names = axes.channels.map { "\($0.name) (\($0.length))" }.joined(separator: ", ")
            notes.append("Dimension \(names) of \(variable.name) became channels.")
        }
        return notes
    }
}
