internal import ArrayFiles
internal import SpaceTime

/// What many small arrays that make up one field must have in common.
struct RainNetGrid: Hashable, Sendable {
    var shape: [Int]
    var element: ElementType
    var scale: Double
    var offset: Double
    var missing: [Scalar]

    /// Packed values and fills as netCDF and h5py users write them; numbers without attributes are plain.
    /// - Throws: `.damaged` where the array does not hold numbers on a grid.
    init(_ dataset: HDF5Dataset, axes: Int) throws(ReaderError) {
        guard let element = dataset.element else {
            throw ReaderError(.damaged, "does not hold numbers", path: dataset.place)
        }
        guard dataset.shape.count == axes, dataset.shape.allSatisfy({ $0 > 0 }) else {
            throw ReaderError(
                .damaged, "has the shape \(dataset.shape), where \(axes) axes are needed", path: dataset.place)
        }
        shape = dataset.shape
        self.element = element
        let attributes = dataset.attributes
        scale = (attributes["scale_factor"] ?? attributes["scale"])?.number ?? 1
        offset = (attributes["add_offset"] ?? attributes["offset"])?.number ?? 0
        guard scale.isFinite, scale != 0, offset.isFinite else {
            throw ReaderError(.damaged, "has the scale \(scale) and the offset \(offset)", path: dataset.place)
        }
        missing = ["_FillValue", "missing_value", "nodata"].compactMap { attributes[$0] }
            .compactMap { RainNetGrid.stored($0, as: element) }
            .reduce(into: []) { list, value in if !list.contains(value) { list.append(value) } }
    }

    /// A number as an element of a type holds it: whole numbers as integers; nil for text, and for what cannot be stored.
    static func stored(_ scalar: Scalar, as element: ElementType) -> Scalar? {
        guard let range = element.integerRange else { return scalar.number.map { .real($0) } }
        switch scalar {
        case .integer(let value):
            return value >= range.least && (value < 0 || UInt64(value) <= range.largest) ? scalar : nil
        case .real(let value):
            guard let whole = Int64(exactly: value) else { return nil }
            return stored(.integer(whole), as: element)
        case .text: return nil
        }
    }

    var elementCount: Int { shape.reduce(1, *) }
    var byteCount: Int { elementCount * element.byteCount }

    var summary: String {
        "\(shape.map(String.init).joined(separator: "x")) \(element.rawValue)"
            + (scale == 1 && offset == 0 ? "" : " times \(scale) plus \(offset)")
    }

    /// - Throws: `.damaged` naming both arrays where they are of unlike kinds.
    func check(_ other: RainNetGrid, of dataset: HDF5Dataset, against first: String) throws(ReaderError) {
        if self == other { return }
        throw ReaderError(
            .damaged, "is \(other.summary), but `\(first)` is \(summary); frames of unlike kinds make no sequence",
            path: dataset.place)
    }
}

extension HDF5Dataset {
    /// Reads the whole array as it is: row-major, native.
    func readAll(into buffer: UnsafeMutableRawBufferPointer, using resources: ReadResources) throws(ReaderError) {
        guard let base = buffer.baseAddress else { return }
        try source().read(shape.map { 0..<$0 }, into: base, strides: shape.rowMajorStrides, using: resources)
    }
}
