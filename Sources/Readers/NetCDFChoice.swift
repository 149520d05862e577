internal import ArrayFiles
internal import SpaceTime

/// Which variables of a netCDF file become fields.
struct NetCDFChoice {
    let names: [String]
    /// A sentence where something was chosen among several.
    let note: String?

    /// - Throws: `.usage` where a wanted variable is absent or no numbers; `.notFound` where there is none at all.
    init(_ file: NetCDFFile, wanted: [String]?) throws(ReaderError) {
        if let wanted {
            for name in wanted {
                guard let variable = file.variable(name), variable.element != nil else {
                    let known = file.variables.filter { $0.element != nil }.map(\.name).joined(separator: ", ")
                    throw ReaderError(.usage, "has no variable of numbers `\(name)`; it has \(known)", path: file.path)
                }
            }
            names = wanted
            note = nil
            return
        }
        let candidates = file.variables.filter { !file.isCoordinate($0) }
        let gridded = candidates.filter { $0.dimensions.count >= 2 }
        let chosen = gridded.first ?? NetCDFChoice.largest(candidates) ?? NetCDFChoice.largest(file.variables)
        guard let chosen else {
            throw ReaderError(.notFound, "holds no variable of numbers", path: file.path)
        }
        names = [chosen.name]
        let others = gridded.filter { $0.name != chosen.name }.map(\.name)
        note =
            others.isEmpty
            ? nil
            : "Variable \(chosen.name) was taken; there are also \(others.joined(separator: ", ")): choose with "
                + "--set variable=NAME[,NAME…]."
    }

    private static func largest(_ variables: [NetCDFFile.Variable]) -> NetCDFFile.Variable? {
        let numeric = variables.filter { $0.element != nil && !$0.shape.contains(0) }
        return numeric.enumerated().max { left, right in
            let (one, other) = (left.element.shape.reduce(1, *), right.element.shape.reduce(1, *))
            return one == other ? left.offset > right.offset : one < other
        }?.element
    }
}
