internal import CHDF5
internal import Glibc
internal import SpaceTime

/// Writes the parts of a netCDF-4 file with libhdf5; call inside `ArrayLibraryLock.locked`.
struct NetCDFWriter {
    let layout: PayloadLayout
    let path: String
    let payloadByteCount: Int
    private let sizes: [String: Int]

    /// - Throws: `.usage` where names repeat, a dimension is missing or bytes do not fit a shape.
    init(_ layout: PayloadLayout, path: String) throws(ReaderError) {
        self.layout = layout
        self.path = path
        var sizes: [String: Int] = [:]
        for dimension in layout.dimensions {
            guard sizes.updateValue(dimension.size, forKey: dimension.name) == nil, dimension.size >= 0 else {
                throw ReaderError(.usage, "dimension \(dimension.name) stands twice or is negative", path: path)
            }
        }
        self.sizes = sizes
        payloadByteCount = try NetCDFWriter.byteCount(of: layout.payload, sizes, path)
        var names: Set<String> = []
        for variable in [layout.payload] + layout.variables {
            let isCoordinate = sizes[variable.name] != nil
            guard names.insert(variable.name).inserted, !isCoordinate || variable.dimensions == [variable.name] else {
                throw ReaderError(
                    .usage, "variable \(variable.name) stands twice or has a dimension's name", path: path)
            }
        }
        for variable in layout.variables {
            let wanted = try NetCDFWriter.byteCount(of: variable, sizes, path)
            guard variable.bytes.count == (variable.isWrittenLater ? 0 : wanted) else {
                throw ReaderError(
                    .usage, "variable \(variable.name) has \(variable.bytes.count) bytes, not \(wanted)", path: path)
            }
        }
    }

    private static func byteCount(
        of variable: PayloadLayout.Variable, _ sizes: [String: Int], _ path: String
    ) throws(ReaderError) -> Int {
        var lengths: [Int] = []
        for name in variable.dimensions {
            guard let size = sizes[name] else {
                throw ReaderError(.usage, "variable \(variable.name) has the unknown dimension \(name)", path: path)
            }
            lengths.append(size)
        }
        lengths.append(variable.element?.byteCount ?? 1)
        return try CheckedSize.product(lengths, of: "variable \(variable.name)", path: path)
    }

    private func made(_ id: hid_t, _ what: @autoclosure () -> String) throws(ReaderError) -> HDF5Handle {
        try HDF5Handle(id, "\(what()) cannot be written", path: path, code: .system)
    }

    private func check(_ status: herr_t, _ what: @autoclosure () -> String) throws(ReaderError) {
        try ArrayLibraryLock.check(status, "\(what()) cannot be written", path: path, code: .system)
    }

    private func access() throws(ReaderError) -> HDF5Handle {
        let access = try made(H5Pcreate(chdf5_file_access()), "the file")
        try check(H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V18), "the file")
        H5Pset_file_locking(access.id, false, true)
        H5Pset_small_data_block_size(access.id, 0)
        return access
    }

    /// Makes the file with everything that comes before the payload, in the first `headerByteCount` bytes.
    func create(headerByteCount: Int, _ body: (HDF5Handle) throws(ReaderError) -> Void) throws(ReaderError) {
        let access = try access()
        // One block of metadata takes the superblock, the root group and the payload's header; the payload comes next.
        H5Pset_meta_block_size(access.id, hsize_t(headerByteCount))
        let creation = try made(H5Pcreate(chdf5_file_create()), "the file")
        H5Pset_obj_track_times(creation.id, false)
        H5Pset_link_creation_order(creation.id, chdf5_creation_order())
        H5Pset_attr_creation_order(creation.id, chdf5_creation_order())
        H5Pset_link_phase_change(creation.id, 4096, 0)
        H5Pset_attr_phase_change(creation.id, 4096, 0)
        let file = try made(H5Fcreate(path, chdf5_truncate(), creation.id, access.id), "the file")
        try body(file)
        try close(file)
    }

    func close(_ file: HDF5Handle) throws(ReaderError) {
        try check(H5Fflush(file.id, H5F_SCOPE_GLOBAL), "the file")
    }

    /// Opens the file that `create` made and writes all that lies behind the payload. Returns where each variable's bytes begin.
    func complete() throws(ReaderError) -> [String: Int] {
        let access = try access()
        let file = try made(H5Fopen(path, chdf5_read_write(), access.id), "the file")
        let payload = try made(H5Dopen2(file.id, layout.payload.name, chdf5_default()), layout.payload.name)
        let offsets = try complete(file: file, payload: payload)
        try close(file)
        return offsets
    }

    @discardableResult
    func complete(file: HDF5Handle, payload: HDF5Handle) throws(ReaderError) -> [String: Int] {
        for attribute in layout.attributes { try write(attribute, to: file.id) }
        for attribute in layout.payload.attributes { try write(attribute, to: payload.id) }
        var made: [(PayloadLayout.Variable, HDF5Handle)] = [(layout.payload, payload)]
        for variable in layout.variables { made.append((variable, try makeVariable(variable, in: file.id))) }
        var scales: [String: HDF5Handle] = [:]
        for (number, dimension) in layout.dimensions.enumerated() {
            let own = made.first { $0.0.name == dimension.name }?.1
            scales[dimension.name] = try makeScale(dimension, number: number, variable: own, in: file.id)
        }
        for (variable, dataset) in made where sizes[variable.name] == nil {
            for (axis, name) in variable.dimensions.enumerated() {
                guard let scale = scales[name] else { continue }
                try check(H5DSattach_scale(dataset.id, scale.id, UInt32(axis)), "dimension \(name)")
            }
        }
        var offsets: [String: Int] = [:]
        for (variable, dataset) in made where !variable.bytes.isEmpty || variable.isWrittenLater {
            offsets[variable.name] = Int(truncatingIfNeeded: H5Dget_offset(dataset.id))
        }
        return offsets
    }

    /// A dimension is an array with the HDF5 dimension scale's marks; without a variable of its own it holds no values.
    private func makeScale(
        _ dimension: PayloadLayout.Dimension, number: Int, variable: HDF5Handle?, in file: hid_t
    ) throws(ReaderError) -> HDF5Handle {
        let title = "This is a netCDF dimension but not a netCDF variable."
        let digits = String(dimension.size)
        let padding = String(repeating: " ", count: max(0, 10 - digits.count))
        let scale: HDF5Handle
        if let variable {
            scale = variable
        } else {
            let properties = try creation()
            let space = try simpleSpace([dimension.name])
            let id = H5Dcreate2(
                file, dimension.name, chdf5_ieee_f32be(), space.id, chdf5_default(), properties.id, chdf5_default())
            scale = try made(id, dimension.name)
        }
        try check(
            H5DSset_scale(scale.id, variable == nil ? "\(title)\(padding)\(digits)" : dimension.name), dimension.name)
        try write(.init("_Netcdf4Dimid", [.integer(Int64(number))], as: .int32), to: scale.id, isScalar: true)
        return scale
    }

    private func creation() throws(ReaderError) -> HDF5Handle {
        let properties = try made(H5Pcreate(chdf5_dataset_create()), "the file")
        H5Pset_obj_track_times(properties.id, false)
        H5Pset_attr_creation_order(properties.id, chdf5_creation_order())
        H5Pset_attr_phase_change(properties.id, 4096, 0)
        return properties
    }

    private func simpleSpace(_ dimensions: [String]) throws(ReaderError) -> HDF5Handle {
        if dimensions.isEmpty { return try made(H5Screate(H5S_SCALAR), "the file") }
        let lengths = dimensions.map { hsize_t(sizes[$0] ?? 0) }
        return try made(H5Screate_simple(Int32(lengths.count), lengths, nil), "the file")
    }

    private func type(of variable: PayloadLayout.Variable) throws(ReaderError) -> HDF5Handle {
        try made(H5Tcopy(variable.element?.nativeType ?? chdf5_c_string()), variable.name)
    }

    /// Makes the payload's array: contiguous and allocated at once, or in chunks that are handed in packed.
    func makePayload(in file: hid_t, chunkShape: [Int]? = nil, deflateLevel: Int = 0) throws(ReaderError) -> HDF5Handle
    {
        let properties = try creation()
        try check(H5Pset_fill_time(properties.id, H5D_FILL_TIME_NEVER), layout.payload.name)
        if let chunkShape {
            try check(
                H5Pset_chunk(properties.id, Int32(chunkShape.count), chunkShape.map { hsize_t($0) }), "the chunks")
            try check(H5Pset_shuffle(properties.id), "the chunks")
            try check(H5Pset_deflate(properties.id, UInt32(deflateLevel)), "the chunks")
        } else {
            try check(H5Pset_alloc_time(properties.id, H5D_ALLOC_TIME_EARLY), layout.payload.name)
        }
        return try makeDataset(layout.payload, in: file, properties)
    }

    private func makeVariable(_ variable: PayloadLayout.Variable, in file: hid_t) throws(ReaderError) -> HDF5Handle {
        let properties = try creation()
        if variable.isWrittenLater {
            try check(H5Pset_fill_time(properties.id, H5D_FILL_TIME_NEVER), variable.name)
            try check(H5Pset_alloc_time(properties.id, H5D_ALLOC_TIME_EARLY), variable.name)
        }
        let dataset = try makeDataset(variable, in: file, properties)
        if !variable.bytes.isEmpty {
            let type = try type(of: variable)
            let status = variable.bytes.withUnsafeBytes {
                H5Dwrite(dataset.id, type.id, chdf5_all(), chdf5_all(), chdf5_default(), $0.baseAddress)
            }
            try check(status, variable.name)
        }
        for attribute in variable.attributes { try write(attribute, to: dataset.id) }
        return dataset
    }

    private func makeDataset(
        _ variable: PayloadLayout.Variable, in file: hid_t, _ properties: HDF5Handle
    ) throws(ReaderError) -> HDF5Handle {
        let type = try type(of: variable)
        let fill = variable.attributes.first { $0.name == "_FillValue" }?.values.first
        if let fill, let element = variable.element {
            let status = fill.bytes(as: element).withUnsafeBytes {
                H5Pset_fill_value(properties.id, type.id, $0.baseAddress)
            }
            try check(status, "\(variable.name):_FillValue")
        }
        let space = try simpleSpace(variable.dimensions)
        let id = H5Dcreate2(file, variable.name, type.id, space.id, chdf5_default(), properties.id, chdf5_default())
        return try made(id, variable.name)
    }

    /// Text as netCDF writes it: one string of fixed size; numbers as a list.
    private func write(
        _ attribute: PayloadLayout.Attribute, to object: hid_t, isScalar: Bool = false
    ) throws(ReaderError) {
        guard let element = attribute.element else { return try writeText(attribute, to: object) }
        let bytes = attribute.values.flatMap { $0.bytes(as: element) }
        let length = hsize_t(attribute.values.count)
        let space = try made(isScalar ? H5Screate(H5S_SCALAR) : H5Screate_simple(1, [length], nil), attribute.name)
        try write(bytes, named: attribute.name, type: element.nativeType, space: space, to: object)
    }

    private func writeText(_ attribute: PayloadLayout.Attribute, to object: hid_t) throws(ReaderError) {
        let text = attribute.values.map { value in
            switch value {
            case .text(let text): text
            case .integer(let number): String(number)
            case .real(let number): String(number)
            }
        }.joined(separator: " ")
        let bytes = Array(text.utf8)
        guard bytes.count < 64_000, !bytes.contains(0) else {
            throw ReaderError(.usage, "attribute \(attribute.name) has \(bytes.count) bytes or a NUL", path: path)
        }
        let type = try made(H5Tcopy(chdf5_c_string()), attribute.name)
        H5Tset_size(type.id, max(1, bytes.count))
        if bytes.contains(where: { $0 > 127 }) { H5Tset_cset(type.id, H5T_CSET_UTF8) }
        let space = try made(H5Screate(bytes.isEmpty ? H5S_NULL : H5S_SCALAR), attribute.name)
        try write(bytes, named: attribute.name, type: type.id, space: space, to: object)
    }

    private func write(
        _ bytes: [UInt8], named name: String, type: hid_t, space: HDF5Handle, to object: hid_t
    ) throws(ReaderError) {
        let attribute = try made(H5Acreate2(object, name, type, space.id, chdf5_default(), chdf5_default()), name)
        if bytes.isEmpty { return }
        try check(bytes.withUnsafeBytes { H5Awrite(attribute.id, type, $0.baseAddress) }, name)
    }
}
