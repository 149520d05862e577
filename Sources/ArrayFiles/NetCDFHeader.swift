internal import CNetCDF
internal import Glibc
internal import SpaceTime

/// A file opened by libnetcdf for as long as its metadata is read; use inside `ArrayLibraryLock.locked`.
final class NetCDFHeader {
    private let id: Int32
    private let path: String

    init(path: String) throws(ReaderError) {
        self.path = path
        // A path from the root is never taken for a URL.
        guard let real = realpath(path, nil) else { throw ReaderError(.notFound, "cannot be resolved", path: path) }
        defer { free(real) }
        var id: Int32 = -1
        let status = nc_open(real, NC_NOWRITE, &id)
        guard status == NC_NOERR else {
            throw ReaderError(
                .damaged, "cannot be opened as netCDF: \(String(cString: nc_strerror(status)))", path: path)
        }
        self.id = id
    }

    deinit { nc_close(id) }

    private func check(_ status: Int32, _ what: @autoclosure () -> String) throws(ReaderError) {
        if status == NC_NOERR { return }
        throw ReaderError(.damaged, "\(what()) cannot be read: \(String(cString: nc_strerror(status)))", path: path)
    }

    /// The variables of all groups, those of the root first.
    func variables() throws(ReaderError) -> [NetCDFFile.Variable] {
        var result: [NetCDFFile.Variable] = []
        var groups: [(id: Int32, prefix: String)] = [(id, "")]
        var next = 0
        while next < groups.count {
            let group = groups[next]
            next += 1
            var count: Int32 = 0
            try check(nc_inq_varids(group.id, &count, nil), "the list of variables")
            guard count >= 0, result.count + Int(count) <= 100_000 else {
                throw ReaderError(.damaged, "declares \(count) variables", path: path)
            }
            var ids = [Int32](repeating: 0, count: Int(count))
            try check(nc_inq_varids(group.id, &count, &ids), "the list of variables")
            for variable in ids { result.append(try self.variable(variable, in: group.id, prefix: group.prefix)) }
            groups += try children(of: group.id, prefix: group.prefix)
            guard groups.count <= 10_000 else { throw ReaderError(.damaged, "has more than 10000 groups", path: path) }
        }
        return result
    }

    private func children(of group: Int32, prefix: String) throws(ReaderError) -> [(id: Int32, prefix: String)] {
        var count: Int32 = 0
        try check(nc_inq_grps(group, &count, nil), "the list of groups")
        var ids = [Int32](repeating: 0, count: Int(max(0, count)))
        try check(nc_inq_grps(group, &count, &ids), "the list of groups")
        var result: [(id: Int32, prefix: String)] = []
        for id in ids {
            let name = try text("a group's name") { nc_inq_grpname(id, $0) }
            result.append((id, "\(prefix)\(name)/"))
        }
        return result
    }

    private func text(_ what: String, _ read: (UnsafeMutablePointer<CChar>) -> Int32) throws(ReaderError) -> String {
        var buffer = [CChar](repeating: 0, count: Int(NC_MAX_NAME) + 2)
        try check(buffer.withUnsafeMutableBufferPointer { $0.baseAddress.map(read) ?? NC_EINVAL }, what)
        return HDF5Text.decode(buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) })
    }

    private func variable(
        _ variable: Int32, in group: Int32, prefix: String
    ) throws(ReaderError) -> NetCDFFile.Variable {
        let name = try text("a variable's name") { nc_inq_varname(group, variable, $0) }
        var type: nc_type = 0
        var rank: Int32 = 0
        try check(nc_inq_vartype(group, variable, &type), "the type of \(name)")
        try check(nc_inq_varndims(group, variable, &rank), "the shape of \(name)")
        guard (0...1024).contains(rank) else {
            throw ReaderError(.damaged, "\(name) has \(rank) dimensions", path: path)
        }
        var ids = [Int32](repeating: 0, count: Int(rank) + 1)
        try check(nc_inq_vardimid(group, variable, &ids), "the shape of \(name)")
        let unlimited = try unlimitedDimensions(of: group)
        var dimensions: [NetCDFFile.Dimension] = []
        for id in ids.prefix(Int(rank)) {
            let dimension = try text("a dimension's name") { nc_inq_dimname(group, id, $0) }
            var length = 0
            try check(nc_inq_dimlen(group, id, &length), "dimension \(dimension)")
            guard length >= 0 else {
                throw ReaderError(.damaged, "dimension \(dimension) has an impossible length", path: path)
            }
            dimensions.append(.init(name: dimension, length: length, isUnlimited: unlimited.contains(id)))
        }
        return NetCDFFile.Variable(
            name: prefix + name, element: NetCDFHeader.element(of: type), isText: type == NC_CHAR || type == NC_STRING,
            dimensions: dimensions, attributes: try attributes(of: variable, in: group))
    }

    /// Of a group and those above it.
    private func unlimitedDimensions(of group: Int32) throws(ReaderError) -> Set<Int32> {
        var result: Set<Int32> = []
        var current = group
        while true {
            var count: Int32 = 0
            try check(nc_inq_unlimdims(current, &count, nil), "the unlimited dimensions")
            var ids = [Int32](repeating: 0, count: Int(max(0, count)) + 1)
            try check(nc_inq_unlimdims(current, &count, &ids), "the unlimited dimensions")
            result.formUnion(ids.prefix(Int(max(0, count))))
            var parent: Int32 = 0
            guard nc_inq_grp_parent(current, &parent) == NC_NOERR else { return result }
            current = parent
        }
    }

    func attributes(of variable: Int32) throws(ReaderError) -> [String: [Scalar]] {
        try attributes(of: variable, in: id)
    }

    private func attributes(of variable: Int32, in group: Int32) throws(ReaderError) -> [String: [Scalar]] {
        var count: Int32 = 0
        try check(nc_inq_varnatts(group, variable, &count), "the attributes")
        var result: [String: [Scalar]] = [:]
        for number in 0..<max(0, count) {
            let name = try text("an attribute's name") { nc_inq_attname(group, variable, number, $0) }
            var type: nc_type = 0
            var length = 0
            try check(nc_inq_att(group, variable, name, &type, &length), "attribute \(name)")
            guard (1...(1 << 17)).contains(length) else { continue }
            result[name] = try values(
                Attribute(group: group, variable: variable, name: name, type: type, count: length))
        }
        return result
    }

    private struct Attribute {
        var group: Int32
        var variable: Int32
        var name: String
        var type: nc_type
        var count: Int
    }

    /// nil for kinds that are neither number nor text.
    private func values(_ attribute: Attribute) throws(ReaderError) -> [Scalar]? {
        let (group, variable, name, count) = (attribute.group, attribute.variable, attribute.name, attribute.count)
        if attribute.type == NC_CHAR {
            var bytes = [CChar](repeating: 0, count: count)
            try check(nc_get_att_text(group, variable, name, &bytes), "attribute \(name)")
            return [.text(HDF5Text.decode(bytes.map { UInt8(bitPattern: $0) }.prefix { $0 != 0 }))]
        }
        if attribute.type == NC_STRING { return try strings(attribute) }
        guard let element = NetCDFHeader.element(of: attribute.type) else { return nil }
        if element.isFloatingPoint {
            var numbers = [Double](repeating: 0, count: count)
            try check(nc_get_att_double(group, variable, name, &numbers), "attribute \(name)")
            return numbers.map { .real($0) }
        }
        if element == .uint64 {
            var numbers = [UInt64](repeating: 0, count: count)
            try check(nc_get_att_ulonglong(group, variable, name, &numbers), "attribute \(name)")
            return numbers.map { value in Int64(exactly: value).map { .integer($0) } ?? .real(Double(value)) }
        }
        var numbers = [Int64](repeating: 0, count: count)
        try check(nc_get_att_longlong(group, variable, name, &numbers), "attribute \(name)")
        return numbers.map { .integer($0) }
    }

    private func strings(_ attribute: Attribute) throws(ReaderError) -> [Scalar] {
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: attribute.count)
        let status = nc_get_att_string(attribute.group, attribute.variable, attribute.name, &pointers)
        try check(status, "attribute \(attribute.name)")
        defer { nc_free_string(attribute.count, &pointers) }
        return pointers.map { pointer in
            .text(pointer.map { HDF5Text.decode(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? "")
        }
    }

    static func element(of type: nc_type) -> ElementType? {
        switch type {
        case NC_BYTE: .int8
        case NC_UBYTE: .uint8
        case NC_SHORT: .int16
        case NC_USHORT: .uint16
        case NC_INT: .int32
        case NC_UINT: .uint32
        case NC_INT64: .int64
        case NC_UINT64: .uint64
        case NC_FLOAT: .float32
        case NC_DOUBLE: .float64
        default: nil
        }
    }
}
