internal import CHDF5
internal import SpaceTime

/// What is read of an array's header when it is opened; made inside `ArrayLibraryLock.locked`.
struct HDF5DatasetParts {
    let shape: [Int]
    let storedType: StoredType
    let layout: HDF5Layout
    let attributes: [String: [Scalar]]
    let dataset: HDF5Handle
    let type: HDF5Handle

    init(_ name: String, in file: HDF5File) throws(ReaderError) {
        let place = file.place(name)
        dataset = try file.open(name, as: "dataset") { H5Dopen2($0, $1, chdf5_default()) }
        let properties = try HDF5Handle(
            H5Dget_create_plist(dataset.id), "its header cannot be read", path: place)
        // The layout comes before the shape: asking a virtual array for its shape opens other files.
        try HDF5Layout.refuseForeignStorage(properties.id, path: place)
        type = try HDF5Handle(H5Dget_type(dataset.id), "its type cannot be read", path: place)
        storedType = StoredType(describing: type.id)
        shape = try HDF5DatasetParts.shape(of: dataset.id, path: place)
        layout = try HDF5Layout(
            dataset: dataset.id, properties: properties.id, rank: shape.count, type: type.id, storedType: storedType,
            path: place)
        attributes = try HDF5Attributes.all(of: dataset.id, path: place)
    }

    private static func shape(of dataset: hid_t, path: String) throws(ReaderError) -> [Int] {
        let space = try HDF5Handle(H5Dget_space(dataset), "its shape cannot be read", path: path)
        let rank = H5Sget_simple_extent_ndims(space.id)
        try ArrayLibraryLock.check(rank, "its shape cannot be read", path: path)
        guard H5Sget_simple_extent_type(space.id) != H5S_NULL else { return [0] }
        guard rank > 0 else { return [] }
        var lengths = [hsize_t](repeating: 0, count: Int(rank))
        try ArrayLibraryLock.check(
            H5Sget_simple_extent_dims(space.id, &lengths, nil), "its shape cannot be read", path: path)
        guard lengths.allSatisfy({ $0 <= UInt64(CheckedSize.limit) }) else {
            throw ReaderError(.damaged, "declares an impossible size \(lengths)", path: path)
        }
        return lengths.map { Int($0) }
    }
}

/// How an array's values lie in the file.
struct HDF5Layout {
    var chunkShape: [Int]?
    var offset: Int?
    var filters: [HDF5Filter] = []
    var fillValue: Scalar?
    var storedByteCount = 0
    /// Chunks that reach over the edge are stored unpacked.
    var hasUnfilteredEdges = false

    /// - Throws: `.damaged` where the values lie in other files.
    static func refuseForeignStorage(_ properties: hid_t, path: String) throws(ReaderError) {
        if H5Pget_layout(properties) == H5D_VIRTUAL {
            throw ReaderError(
                .damaged, "is a virtual array whose values lie in other files, which is refused; copy them into one",
                path: path)
        }
        if H5Pget_external_count(properties) > 0 {
            throw ReaderError(
                .damaged, "keeps its values in another file (external storage), which is refused; copy them into one",
                path: path)
        }
    }

    init(
        dataset: hid_t, properties: hid_t, rank: Int, type: hid_t, storedType: StoredType, path: String
    ) throws(ReaderError) {
        let layout = H5Pget_layout(properties)
        storedByteCount = Int(clamping: H5Dget_storage_size(dataset))
        filters = try HDF5Filter.pipeline(of: properties, path: path)
        fillValue = HDF5Layout.fillValue(properties, type: type, storedType: storedType)
        if layout == H5D_CHUNKED {
            chunkShape = try HDF5Layout.chunkShape(properties, rank: rank, storedType: storedType, path: path)
            var options: UInt32 = 0
            hasUnfilteredEdges = H5Pget_chunk_opts(properties, &options) < 0 || options != 0
        } else if layout == H5D_CONTIGUOUS {
            let address = H5Dget_offset(dataset)
            offset = address == chdf5_no_address() ? nil : Int(clamping: address)
        }
    }

    private static func chunkShape(
        _ properties: hid_t, rank: Int, storedType: StoredType, path: String
    ) throws(ReaderError) -> [Int] {
        var lengths = [hsize_t](repeating: 0, count: rank)
        let found = H5Pget_chunk(properties, Int32(rank), &lengths)
        guard found == rank, lengths.allSatisfy({ $0 > 0 && $0 <= UInt64(UInt32.max) }) else {
            throw ReaderError(.damaged, "has unreadable chunks", path: path)
        }
        let shape = lengths.map { Int($0) }
        let size = try CheckedSize.product(shape + [max(1, storedType.byteCount)], of: "a chunk", path: path)
        guard size < 1 << 32 else { throw ReaderError(.damaged, "has chunks of \(size) bytes", path: path) }
        return shape
    }

    private static func fillValue(_ properties: hid_t, type: hid_t, storedType: StoredType) -> Scalar? {
        var status = H5D_FILL_VALUE_UNDEFINED
        guard H5Pfill_value_defined(properties, &status) >= 0, status == H5D_FILL_VALUE_USER_DEFINED else { return nil }
        guard let element = storedType.element, let memory = storedType.memoryType(for: type) else { return nil }
        var bytes = [UInt8](repeating: 0, count: 8)
        let got = bytes.withUnsafeMutableBytes { H5Pget_fill_value(properties, memory.id, $0.baseAddress) }
        guard got >= 0 else { return nil }
        return bytes.withUnsafeBytes { Scalar($0, at: 0, of: element) }
    }
}
