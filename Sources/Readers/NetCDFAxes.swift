internal import ArrayFiles
internal import SpaceTime

/// What the dimensions of one CF variable are: at most one is time, the last two others rows and columns, the rest channels.
struct NetCDFAxes: Hashable, Sendable {
    let order: AxisOrder
    /// The dimension of time; nil where there is none.
    let time: String?
    /// The dimension of the rows; nil for a list.
    let row: String?
    let column: String?
    /// The dimensions that become channels, slowest first.
    let channels: [NetCDFFile.Dimension]

    init(_ variable: NetCDFFile.Variable, in file: NetCDFFile) {
        let dimensions = variable.dimensions
        let timeAxis = dimensions.indices.first { NetCDFAxes.isTime(dimensions[$0], in: file) }
        let others = dimensions.indices.filter { $0 != timeAxis }
        let spatial = others.suffix(2)
        var axes = dimensions.map { _ in AxisOrder.Axis.channel }
        if let timeAxis { axes[timeAxis] = .frame }
        if let last = spatial.last { axes[last] = .column }
        if spatial.count == 2, let first = spatial.first { axes[first] = .row }
        order = AxisOrder(axes)
        time = timeAxis.map { dimensions[$0].name }
        row = spatial.count == 2 ? spatial.first.map { dimensions[$0].name } : nil
        column = spatial.last.map { dimensions[$0].name }
        channels = others.dropLast(2).map { dimensions[$0] }
    }

    /// CF section 4.4: units of time since a date decide; `axis`, `standard_name` and the name are hints.
    static func isTime(_ dimension: NetCDFFile.Dimension, in file: NetCDFFile) -> Bool {
        if let variable = file.coordinate(dimension.name) {
            if let units = variable.text("units"), NetCDFClock(units: units) != nil { return true }
            if variable.text("axis")?.uppercased() == "T" || variable.text("standard_name") == "time" { return true }
            if variable.text("units") != nil, !["time", "t"].contains(dimension.name.lowercased()) { return false }
        }
        return ["time", "t", "times", "valid_time", "frame"].contains(dimension.name.lowercased())
    }

    /// Whether row 0 is the southern or the northern edge, from the coordinate of the rows.
    func rowOrder(in file: NetCDFFile) throws(ReaderError) -> Field.RowOrder {
        guard let row, let variable = file.coordinate(row), variable.element != nil, let length = variable.shape.first,
            variable.shape.count == 1, length > 1, length <= 1 << 20
        else { return .unknown }
        let units = variable.text("units")?.lowercased() ?? ""
        let name = variable.text("standard_name")?.lowercased() ?? ""
        let isNorthward =
            units.hasPrefix("degrees_n") || units.hasPrefix("degree_n") || name.contains("latitude")
            || name == "projection_y_coordinate" || variable.text("axis")?.uppercased() == "Y"
        guard isNorthward else { return .unknown }
        let values = try file.doubles(variable)
        guard let first = values.first, let last = values.last, first != last, first.isFinite, last.isFinite else {
            return .unknown
        }
        return first < last ? .southFirst : .northFirst
    }
}

extension NetCDFFile {
    /// The variable that gives a dimension's coordinates.
    func coordinate(_ dimension: String) -> Variable? {
        variables.first { $0.name == dimension && $0.dimensions.count == 1 && $0.dimensions[0].name == dimension }
    }

    /// Whether a variable says where or when the others lie, rather than what is there.
    func isCoordinate(_ variable: Variable) -> Bool {
        let short = variable.name.split(separator: "/").last.map(String.init) ?? variable.name
        if variable.dimensions.count <= 1, variable.dimensions.first?.name == short { return true }
        if variable.dimensions.isEmpty || variable.element == nil { return true }
        if short.hasSuffix("_bnds") || short.hasSuffix("_bounds") { return true }
        let name = variable.text("standard_name") ?? ""
        if ["latitude", "longitude", "grid_latitude", "grid_longitude", "time"].contains(name) { return true }
        return variables.contains { other in
            guard other.name != variable.name else { return false }
            let named = [
                "coordinates", "bounds", "climatology", "grid_mapping", "ancillary_variables", "cell_measures",
            ]
            .compactMap { other.text($0) }.joined(separator: " ")
            return named.split { " :".contains($0) }.contains { $0 == short }
        }
    }
}
