internal import CHDF5
internal import Glibc
package import SpaceTime

/// Reads the attributes of one object; call inside `ArrayLibraryLock.locked`.
enum HDF5Attributes {
    /// Attributes beyond this size are left out: they are tables, not descriptions.
    static let byteLimit = 1 << 20

    static func all(of object: hid_t, path: String) throws(ReaderError) -> [String: [Scalar]] {
        var result: [String: [Scalar]] = [:]
        for name in try names(of: object, path: path) {
            let attribute = try HDF5Handle(
                H5Aopen(object, name, chdf5_default()), "attribute \(name) cannot be opened", path: path)
            result[name] = try values(of: attribute.id, name: name, path: path)
        }
        return result
    }

    private static func names(of object: hid_t, path: String) throws(ReaderError) -> [String] {
        var names: [String] = []
        let status = withUnsafeMutablePointer(to: &names) { pointer in
            H5Aiterate2(
                object, H5_INDEX_NAME, H5_ITER_NATIVE, nil,
                { _, name, _, context in
                    guard let name, let context else { return -1 }
                    let names = context.assumingMemoryBound(to: [String].self)
                    if let text = String(validatingCString: name) { names.pointee.append(text) }
                    return names.pointee.count < 100_000 ? 0 : -1
                }, pointer)
        }
        try ArrayLibraryLock.check(status, "the attributes cannot be listed", path: path)
        return names
    }

    /// The values in stored order; nil for kinds that are neither number nor text, and for tables.
    private static func values(of attribute: hid_t, name: String, path: String) throws(ReaderError) -> [Scalar]? {
        let type = try HDF5Handle(H5Aget_type(attribute), "attribute \(name) has no readable type", path: path)
        let space = try HDF5Handle(H5Aget_space(attribute), "attribute \(name) has no readable shape", path: path)
        let count = Int(H5Sget_simple_extent_npoints(space.id))
        let stored = StoredType(describing: type.id)
        guard H5Sget_simple_extent_type(space.id) != H5S_NULL, count > 0, count <= byteLimit else { return nil }
        guard count * max(1, stored.byteCount) <= byteLimit else { return nil }
        switch stored.kind {
        case .text(isVariable: true):
            return try HDF5Text.variable(count: count, type: type.id, space: space.id) { memory, buffer in
                H5Aread(attribute, memory, buffer)
            }.map { .text($0) }
        case .text(isVariable: false):
            let texts = HDF5Text.fixed(count: count, byteCount: stored.byteCount, type: type.id) {
                H5Aread(attribute, type.id, $0)
            }
            guard let texts else { throw unreadable(name, path) }
            return texts.map { .text($0) }
        default:
            guard let element = stored.element else { return nil }
            guard let numbers = numbers(of: attribute, stored: stored, element: element, count: count, type: type.id)
            else { throw unreadable(name, path) }
            return numbers
        }
    }

    private static func unreadable(_ name: String, _ path: String) -> ReaderError {
        ReaderError(.damaged, "attribute \(name) cannot be read", path: path)
    }

    private static func numbers(
        of attribute: hid_t, stored: StoredType, element: ElementType, count: Int, type: hid_t
    ) -> [Scalar]? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count * element.byteCount, alignment: 8)
        defer { buffer.deallocate() }
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        guard let memory = stored.memoryType(for: type), H5Aread(attribute, memory.id, buffer.baseAddress) >= 0 else {
            return nil
        }
        let raw = UnsafeRawBufferPointer(buffer)
        return (0..<count).map { Scalar(raw, at: $0, of: element) }
    }
}

extension Scalar {
    /// The number at a position of packed native numbers.
    package init(_ bytes: UnsafeRawBufferPointer, at index: Int, of element: ElementType) {
        let place = index * element.byteCount
        switch element {
        case .int8: self = .integer(Int64(bytes.loadUnaligned(fromByteOffset: place, as: Int8.self)))
        case .uint8: self = .integer(Int64(bytes.loadUnaligned(fromByteOffset: place, as: UInt8.self)))
        case .int16: self = .integer(Int64(bytes.loadUnaligned(fromByteOffset: place, as: Int16.self)))
        case .uint16: self = .integer(Int64(bytes.loadUnaligned(fromByteOffset: place, as: UInt16.self)))
        case .int32: self = .integer(Int64(bytes.loadUnaligned(fromByteOffset: place, as: Int32.self)))
        case .uint32: self = .integer(Int64(bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self)))
        case .int64: self = .integer(bytes.loadUnaligned(fromByteOffset: place, as: Int64.self))
        case .uint64:
            let value = bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
            self = Int64(exactly: value).map { .integer($0) } ?? .real(Double(value))
        case .float32: self = .real(Double(bytes.loadUnaligned(fromByteOffset: place, as: Float.self)))
        case .float64: self = .real(bytes.loadUnaligned(fromByteOffset: place, as: Double.self))
        }
    }
}
