internal import ArrayFiles
internal import SpaceTime

/// An array found in a file.
struct FoundArray {
    enum Place {
        case npy(NPYFile)
        case npz(NPZFile, NPZFile.Entry)
        case hdf5(String)
        case matlab(MATFile, MATFile.Variable)
    }

    let source: Survey.Source
    /// Inside the file; the file's stem for npy.
    let name: String
    /// As NumPy or MATLAB shows it.
    let shape: [Int]
    /// nil where it is no array of numbers.
    let element: ElementType?
    /// HDF5 files of MATLAB's hold the axes the other way round.
    let isReversed: Bool
    let attributes: [String: Scalar]
    /// Why it cannot be read.
    let fault: ReaderError?
    let place: Place

    /// For messages.
    var path: String { if case .npy = place { source.path } else { "\(source.path):\(name)" } }

    func frames(_ order: AxisOrder, _ resources: ReadResources) throws(ReaderError) -> FrameArray {
        SourceTrace.note(source.path)
        let array: any ArraySource
        switch place {
        case .npy(let file): array = try file.source()
        case .npz(let file, let entry): array = try file.source(of: entry, scratch: resources.scratch)
        case .hdf5(let path): array = try HDF5File(path: path).dataset(name).source()
        case .matlab(let file, let variable): array = try file.source(of: variable, scratch: resources.scratch)
        }
        return try FrameArray(array, axes: isReversed ? order.reversed : order, resources: resources)
    }
}

/// An array whose axes are known.
struct OrderedArray: ArrayPlace {
    var array: FoundArray
    var order: AxisOrder

    func frames(_ resources: ReadResources) throws(ReaderError) -> FrameArray { try array.frames(order, resources) }
}

/// What arrays a file holds, told from its first bytes.
struct ArrayContents {
    enum Form: String { case npy, npz, hdf5, matlab5 = "matlab-5", matlab73 = "matlab-7.3" }

    let form: Form
    let arrays: [FoundArray]

    /// nil where the file is of no form that holds arrays.
    ///
    /// - Parameter wanted: names to look at, where the file is so large that looking at all would take long; nil: all.
    init?(_ source: Survey.Source, wanted: [String]?) throws(ReaderError) {
        SourceTrace.note(source.path)
        let prefix = try RegularFile(path: source.path).prefix(128)
        if prefix.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) {
            form = .npy
            arrays = [try ArrayContents.npy(source)]
        } else if prefix.starts(with: [0x50, 0x4B, 3, 4]) || prefix.starts(with: [0x50, 0x4B, 5, 6]) {
            form = .npz
            arrays = try ArrayContents.npz(source)
        } else if MATFile.isMAT5(prefix) {
            form = .matlab5
            arrays = try ArrayContents.matlab(source)
        } else if HDF5File.isHDF5(source.path) {
            let isMATLAB = MATFile.isMAT73(prefix)
            form = isMATLAB ? .matlab73 : .hdf5
            arrays = try ArrayContents.hdf5(source, isMATLAB: isMATLAB, wanted: wanted)
        } else {
            return nil
        }
    }

    private static func npy(_ source: Survey.Source) throws(ReaderError) -> FoundArray {
        let file = try NPYFile(path: source.path)
        return FoundArray(
            source: source, name: stem(source.name), shape: file.header.shape, element: file.header.element,
            isReversed: false, attributes: [:], fault: nil, place: .npy(file))
    }

    private static func npz(_ source: Survey.Source) throws(ReaderError) -> [FoundArray] {
        let file = try NPZFile(path: source.path)
        return file.entries.map { entry in
            FoundArray(
                source: source, name: entry.name, shape: entry.header?.shape ?? [], element: entry.header?.element,
                isReversed: false, attributes: [:], fault: entry.fault, place: .npz(file, entry))
        }
    }

    private static func matlab(_ source: Survey.Source) throws(ReaderError) -> [FoundArray] {
        let file = try MATFile(path: source.path)
        return file.variables.map { variable in
            FoundArray(
                source: source, name: variable.name, shape: variable.shape, element: variable.element,
                isReversed: false, attributes: [:], fault: nil, place: .matlab(file, variable))
        }
    }

    private static func hdf5(
        _ source: Survey.Source, isMATLAB: Bool, wanted: [String]?
    ) throws(ReaderError) -> [FoundArray] {
        let file = try HDF5File(path: source.path)
        var names = wanted?.filter { file.isDataset("/" + $0) } ?? []
        if wanted == nil {
            names = try file.datasets(limit: 5000).map { ArraySettings.plain($0) }
            if isMATLAB { names.removeAll { $0.hasPrefix("#") } }
        }
        var arrays: [FoundArray] = []
        for name in names {
            let dataset: HDF5Dataset
            do throws(ReaderError) { dataset = try file.dataset("/" + name) } catch {
                arrays.append(
                    FoundArray(
                        source: source, name: name, shape: [], element: nil, isReversed: isMATLAB, attributes: [:],
                        fault: error, place: .hdf5(source.path)))
                continue
            }
            arrays.append(
                FoundArray(
                    source: source, name: name, shape: isMATLAB ? dataset.shape.reversed() : dataset.shape,
                    element: isMATLAB && dataset.attributes["MATLAB_class"] == .text("char") ? nil : dataset.element,
                    isReversed: isMATLAB, attributes: dataset.attributes, fault: nil, place: .hdf5(source.path)))
        }
        return arrays
    }

    /// The last part of a name without its ending.
    static func stem(_ name: String) -> String {
        let last = name.split(separator: "/").last.map(String.init) ?? name
        guard let dot = last.lastIndex(of: "."), dot > last.startIndex else { return last }
        return String(last[..<dot])
    }
}
