internal import ArrayFiles
internal import SpaceTime

/// Arrays that belong together: one, or several that follow each other in time.
struct ArrayUnit {
    var label: String
    var arrays: [OrderedArray]
    var split: Split?
    /// Of the files, relative; empty for the folder given.
    var folder: String

    var first: FoundArray { arrays[0].array }

    func length(_ axis: AxisOrder.Axis, of index: Int = 0) -> Int {
        arrays[index].order.length(axis, in: arrays[index].array.shape)
    }
}

/// The arrays of all files, chosen and put together as the settings say.
struct ArrayUnits {
    private(set) var units: [ArrayUnit] = []
    private(set) var sources: [Survey.Source] = []
    private(set) var skipped: [Survey.Skipped]
    private(set) var notes: [String] = []
    private(set) var forms: Set<String> = []
    private let settings: ArraySettings

    init(_ location: Location, _ settings: ArraySettings) throws(ReaderError) {
        self.settings = settings
        let files = try SourceFiles(location)
        skipped = files.skipped
        var loose: [FoundArray] = []
        for source in files.files {
            let wanted = settings.joins.map { $0.flatMap(\.self) } ?? settings.variables
            guard let contents = try ArrayContents(source, wanted: wanted) else {
                guard !location.paths.contains(source.path) else {
                    throw ReaderError(.damaged, "is no npy, npz, MATLAB or HDF5 file", path: source.path)
                }
                skipped.append(.init(source.name, reason: "is no npy, npz, MATLAB or HDF5 file"))
                continue
            }
            forms.insert(contents.form.rawValue)
            if settings.joins != nil, contents.form == .npy {
                loose += contents.arrays
            } else {
                try add(contents, of: source)
            }
        }
        try addLoose(loose)
        guard !units.isEmpty else {
            throw ReaderError(
                .notFound, "there are no arrays to read (npy, npz, MATLAB, HDF5)", path: location.paths.first)
        }
        var used = Set(units.flatMap { $0.arrays.map(\.array.source.name) })
        sources = files.files.filter { used.remove($0.name) != nil }
        giveUniqueLabels()
        units.sort { NaturalOrder.precedes($0.label, $1.label) }
    }

    private mutating func note(_ text: String) {
        if !notes.contains(text) { notes.append(text) }
    }

    /// The chosen arrays of one file.
    private mutating func add(_ contents: ArrayContents, of source: Survey.Source) throws(ReaderError) {
        let stem = ArrayContents.stem(source.name)
        if let joins = settings.joins {
            try add(joins, among: contents.arrays, label: stem, folder: folder(source))
        } else if contents.form == .npy, let variables = settings.variables, !variables.contains(stem) {
            skipped.append(.init(source.name, reason: "is not named by variable=\(variables.joined(separator: ","))"))
        } else if let variables = settings.variables, contents.form != .npy {
            for name in variables {
                guard let array = contents.arrays.first(where: { $0.name == name }) else {
                    try absent(name, in: source, contents.arrays)
                    continue
                }
                try add([array], label: variables.count == 1 ? stem : "\(stem)/\(name)", folder: folder(source))
            }
        } else if let array = try choose(contents.arrays, source) {
            try add([array], label: stem, folder: folder(source))
        } else {
            skipped.append(.init(source.name, reason: "holds no array of numbers"))
        }
    }

    private func folder(_ source: Survey.Source) -> String {
        source.name.lastIndex(of: "/").map { String(source.name[..<$0]) } ?? ""
    }

    /// Groups of npy files in one folder.
    private mutating func addLoose(_ arrays: [FoundArray]) throws(ReaderError) {
        guard let joins = settings.joins else { return }
        let folders = Set(arrays.map { folder($0.source) }).sorted(by: NaturalOrder.precedes)
        for name in folders {
            let inside = arrays.filter { folder($0.source) == name }
            let last = name.split(separator: "/").last.map(String.init)
            try add(joins, among: inside, label: last ?? "joined", folder: name)
        }
    }

    private mutating func add(
        _ joins: [[String]], among arrays: [FoundArray], label: String, folder: String
    ) throws(ReaderError) {
        for join in joins {
            let found = join.compactMap { name in arrays.first { $0.name == name } }
            guard found.count == join.count else {
                if let first = arrays.first {
                    let missing = join.filter { name in !arrays.contains { $0.name == name } }
                    skipped.append(
                        .init(first.source.name, reason: "beside it there is no \(missing.joined(separator: ", "))"))
                }
                continue
            }
            try add(found, label: joins.count == 1 ? label : "\(label)/\(join[0])", folder: folder)
        }
    }

    private mutating func add(_ arrays: [FoundArray], label: String, folder: String) throws(ReaderError) {
        var ordered: [OrderedArray] = []
        for array in arrays {
            if let fault = array.fault { throw fault }
            guard array.element != nil else {
                throw ReaderError(.usage, "is no array of real numbers", path: array.path)
            }
            let order = try settings.order(rank: array.shape.count, path: array.path)
            if settings.axes == nil { note("The axes were taken as \(order); --set axes=… says otherwise.") }
            ordered.append(OrderedArray(array: array, order: order))
        }
        let samples = ordered.map { $0.order.length(.sample, in: $0.array.shape) }
        guard Set(samples).count == 1 else {
            throw ReaderError(
                .damaged, "\(arrays.map(\.name).joined(separator: ", ")) are to be joined but have \(samples) samples",
                path: arrays[0].path)
        }
        let splits = Set(arrays.map { SourceSplit.named(in: "\(ArrayUnits.withoutEnding($0.source.name))/\($0.name)") })
        units.append(
            ArrayUnit(
                label: label, arrays: ordered, split: splits.count == 1 ? splits.first ?? nil : nil, folder: folder))
    }

    private mutating func absent(_ name: String, in source: Survey.Source, _ arrays: [FoundArray]) throws(ReaderError) {
        if !arrays.isEmpty, case .hdf5 = arrays[0].place {
            skipped.append(.init(source.name, reason: "has no array \(name)"))
            return
        }
        let known = arrays.map(\.name).joined(separator: ", ")
        throw ReaderError(
            .usage, "has no array `\(name)`" + (known.isEmpty ? "" : "; it has \(known)"), path: source.path)
    }

    /// The only array of numbers with as many axes as are named, else the largest.
    private mutating func choose(_ arrays: [FoundArray], _ source: Survey.Source) throws(ReaderError) -> FoundArray? {
        var candidates = arrays.filter { $0.element != nil && !$0.shape.contains(0) && $0.shape.count >= 2 }
        if let rank = settings.axes?.axes.count, candidates.contains(where: { $0.shape.count == rank }) {
            candidates.removeAll { $0.shape.count != rank }
        }
        if candidates.isEmpty { candidates = arrays.filter { $0.element != nil } }
        guard let chosen = ArrayUnits.largest(candidates) else {
            if let fault = arrays.lazy.compactMap(\.fault).first { throw fault }
            return nil
        }
        let others = arrays.filter { $0.element != nil && $0.name != chosen.name }.map(\.name).prefix(20)
        if !others.isEmpty {
            note(
                "Array \(chosen.name) was taken; there are also \(others.joined(separator: ", ")): choose with --set variable=…."
            )
        }
        return chosen
    }

    private static func largest(_ arrays: [FoundArray]) -> FoundArray? {
        arrays.enumerated().max { left, right in
            let (one, other) = (left.element.shape.reduce(1, *), right.element.shape.reduce(1, *))
            return one == other ? left.offset > right.offset : one < other
        }?.element
    }

    private static func withoutEnding(_ name: String) -> String {
        guard let dot = name.lastIndex(of: "."), !name[dot...].contains("/") else { return name }
        return String(name[..<dot])
    }

    /// Where two files have the same stem, the folders are part of the label.
    private mutating func giveUniqueLabels() {
        guard Set(units.map(\.label)).count < units.count else { return }
        for index in units.indices where !units[index].folder.isEmpty {
            let label = units[index].label
            let last = units[index].folder.split(separator: "/").last.map(String.init)
            units[index].label = label == last ? units[index].folder : "\(units[index].folder)/\(label)"
        }
        var counts: [String: Int] = [:]
        for unit in units { counts[unit.label, default: 0] += 1 }
        for index in units.indices where counts[units[index].label, default: 0] > 1 {
            units[index].label +=
                "." + (units[index].first.source.name.split(separator: ".").last.map(String.init) ?? "")
        }
    }
}
