internal import CHDF5
internal import CNetCDF
internal import Glibc
package import SpaceTime

/// What a netCDF file holds, classic or netCDF-4; all metadata is read when it is opened, values on demand.
///
/// Metadata comes from libnetcdf. Values are read by address: classic files from the places in their header, netCDF-4 files
/// as HDF5. A path is always a file, never a URL.
package final class NetCDFFile {
    package enum Form: String, Hashable, Sendable {
        case classic, netCDF4 = "netcdf-4"
    }

    package struct Dimension: Hashable, Sendable {
        package let name: String
        package let length: Int
        package let isUnlimited: Bool
    }

    package struct Variable: Hashable, Sendable {
        /// With the groups above it, `group/variable`.
        package let name: String
        /// nil for text and for kinds that are no plain numbers.
        package let element: ElementType?
        package let isText: Bool
        /// Slowest first.
        package let dimensions: [Dimension]
        package let attributes: [String: [Scalar]]

        package var shape: [Int] { dimensions.map(\.length) }

        /// An attribute that holds one value.
        package func attribute(_ name: String) -> Scalar? {
            attributes[name].flatMap { $0.count == 1 ? $0[0] : nil }
        }

        /// An attribute that is text.
        package func text(_ name: String) -> String? {
            if case .text(let text) = attribute(name) { text } else { nil }
        }
    }

    package let path: String
    package let form: Form
    package let variables: [Variable]
    /// Of the file as a whole.
    package let attributes: [String: [Scalar]]
    private let layout: ClassicLayout?
    private var hdf5: HDF5File?

    /// - Throws: `.notFound` where nothing is there, `.damaged` where it is no readable netCDF file.
    package init(path: String) throws(ReaderError) {
        self.path = path
        _ = try RegularFile.byteCount(at: path)
        SourceTrace.note(path)
        form = try NetCDFFile.form(of: path)
        // Before libnetcdf sees the file: lying counts in a classic header make it read outside its tables.
        layout = form == .classic ? try ClassicLayout(path: path) : nil
        let found = try ArrayLibraryLock.locked {
            () throws(ReaderError) -> ([Variable], [String: [Scalar]]) in
            let header = try NetCDFHeader(path: path)
            return (try header.variables(), try header.attributes(of: cnetcdf_global()))
        }
        variables = found.0
        attributes = found.1
        for variable in variables {
            let lengths = variable.shape + [variable.element?.byteCount ?? 1]
            _ = try CheckedSize.product(lengths, of: "variable \(variable.name)", path: path)
        }
        try layout?.check(variables)
    }

    private static func form(of path: String) throws(ReaderError) -> Form {
        let file = try RegularFile(path: path)
        var magic = [UInt8](repeating: 0, count: min(4, file.byteCount))
        let failure: ReaderError? = magic.withUnsafeMutableBytes { buffer in
            do throws(ReaderError) { try file.read(into: buffer, at: 0) } catch { return error }
            return nil
        }
        if let failure { throw failure }
        if magic.prefix(3) == [0x43, 0x44, 0x46], magic.count == 4, [1, 2, 5].contains(magic[3]) { return .classic }
        if HDF5File.isHDF5(path) { return .netCDF4 }
        throw ReaderError(.damaged, "is not a netCDF file (neither CDF nor HDF5 at its beginning)", path: path)
    }

    /// A variable by name; nil where there is none.
    package func variable(_ name: String) -> Variable? { variables.first { $0.name == name } }

    /// The values of a variable as a source of boxes.
    package func source(of variable: Variable) throws(ReaderError) -> any ArraySource {
        if let layout { return try layout.source(of: variable, path: path) }
        return try dataset(of: variable).source()
    }

    private func dataset(of variable: Variable) throws(ReaderError) -> HDF5Dataset {
        let file: HDF5File
        if let hdf5 { file = hdf5 } else { file = try HDF5File(path: path) }
        hdf5 = file
        // netCDF-4 renames variables that are called like a dimension they are not the coordinates of.
        let last = variable.name.split(separator: "/").last ?? ""
        let hidden = String(variable.name.dropLast(last.count)) + "_nc4_non_coord_" + last
        let dataset = try file.dataset("/" + (file.contains("/" + hidden) ? hidden : variable.name))
        guard dataset.shape == variable.shape || variable.dimensions.contains(where: \.isUnlimited) else {
            throw ReaderError(
                .damaged, "\(variable.name) has shape \(dataset.shape), its dimensions \(variable.shape)", path: path)
        }
        return dataset
    }

    /// All values of a small variable as doubles, row-major.
    package func doubles(_ variable: Variable) throws(ReaderError) -> [Double] {
        try scalars(variable).map { $0.number ?? .nan }
    }

    /// All values of a small variable, row-major, whole numbers exact.
    package func scalars(_ variable: Variable) throws(ReaderError) -> [Scalar] {
        let source = try source(of: variable)
        let count = source.shape.reduce(1, *)
        guard count <= 1 << 24 else {
            throw ReaderError(.damaged, "\(variable.name) is too large a list (\(count) numbers)", path: path)
        }
        let bytes = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(8, count * source.element.byteCount), alignment: 8)
        defer { bytes.deallocate() }
        guard let base = bytes.baseAddress else { return [] }
        try source.read(
            source.shape.map { 0..<$0 }, into: base, strides: source.shape.rowMajorStrides,
            using: ReadResources(threads: 1, scratch: "/tmp"))
        let raw = UnsafeRawBufferPointer(bytes)
        return (0..<count).map { Scalar(raw, at: $0, of: source.element) }
    }
}
