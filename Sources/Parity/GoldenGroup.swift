internal import ArrayFiles
internal import SpaceTime

/// One group of a golden file.
struct GoldenGroup {
    let file: HDF5File
    let path: String
    private let attributes: [String: Scalar]

    init(_ file: HDF5File, _ path: String) throws {
        self.file = file
        self.path = path
        attributes = try file.attributes(of: path)
    }

    var name: String { String(path.split(separator: "/").last ?? "") }

    func names() throws -> [String] { try file.names(inGroup: path) }

    func groups() throws -> [GoldenGroup] {
        try names().map { path + "/" + $0 }.filter { file.isGroup($0) }.map { try GoldenGroup(file, $0) }
    }

    func contains(_ name: String) -> Bool { file.isDataset(path + "/" + name) }

    func array(_ name: String) throws -> GoldenArray { try GoldenArray(try file.dataset(path + "/" + name)) }

    func has(_ attribute: String) -> Bool { attributes[attribute] != nil }

    func number(_ attribute: String) throws -> Double {
        guard let value = attributes[attribute]?.number else { throw missing(attribute, "number") }
        return value
    }

    func integer(_ attribute: String) throws -> Int {
        guard let value = Int(exactly: try number(attribute)) else { throw missing(attribute, "whole number") }
        return value
    }

    func text(_ attribute: String) throws -> String {
        guard case .text(let value) = attributes[attribute] else { throw missing(attribute, "text") }
        return value
    }

    func damaged(_ message: String) -> ReaderError { ReaderError(.damaged, message, path: "\(file.path):\(path)") }

    private func missing(_ attribute: String, _ kind: String) -> ReaderError {
        damaged("has no attribute `\(attribute)` that is a \(kind)")
    }
}

/// An array of a golden file with all its numbers.
struct GoldenArray {
    let shape: [Int]
    let element: ElementType
    let bytes: [UInt8]
    let values: [Double]
    private let place: String

    var isSingle: Bool { element == .float32 }

    init(_ dataset: HDF5Dataset) throws {
        guard let element = dataset.element else {
            throw ReaderError(.damaged, "holds no numbers", path: dataset.place)
        }
        guard dataset.count <= 1 << 26 else {
            throw ReaderError(
                .damaged, "holds \(dataset.count) numbers, too many for worked numbers", path: dataset.place)
        }
        var bytes = [UInt8](repeating: 0, count: dataset.count * element.byteCount)
        try bytes.withUnsafeMutableBytes { try dataset.read(dataset.shape.map { 0..<$0 }, into: $0) }
        shape = dataset.shape
        self.element = element
        self.bytes = bytes
        place = dataset.place
        values = Self.values(bytes, element)
    }

    /// Stored numbers as doubles.
    static func values(_ bytes: [UInt8], _ element: ElementType) -> [Double] {
        bytes.withUnsafeBytes { raw in (0..<(raw.count / element.byteCount)).map { element.number(raw, at: $0) } }
    }

    /// - Throws: `.damaged` where the array has not so many axes.
    func checked(axes: Int) throws -> GoldenArray {
        guard shape.count == axes, !shape.contains(0) else {
            throw ReaderError(.damaged, "has shape \(shape), where \(axes) axes are needed", path: place)
        }
        return self
    }

    /// - Throws: `.damaged` where the array has another shape.
    func checked(shape expected: [Int]) throws -> GoldenArray {
        guard shape == expected else {
            throw ReaderError(.damaged, "has shape \(shape), where \(expected) is needed", path: place)
        }
        return self
    }

    /// The 64-bit numbers, which a double does not hold.
    func words() throws -> [UInt64] {
        guard element == .uint64 || element == .int64 else {
            throw ReaderError(.damaged, "holds \(element.rawValue), where 64-bit integers are needed", path: place)
        }
        return bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 8).map { bytes.loadUnaligned(fromByteOffset: $0, as: UInt64.self) }
        }
    }
}

extension ElementType {
    fileprivate func number(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Double {
        let offset = index * byteCount
        func load<T>(_: T.Type) -> T { bytes.loadUnaligned(fromByteOffset: offset, as: T.self) }
        return switch self {
        case .int8: Double(load(Int8.self))
        case .uint8: Double(load(UInt8.self))
        case .int16: Double(load(Int16.self))
        case .uint16: Double(load(UInt16.self))
        case .int32: Double(load(Int32.self))
        case .uint32: Double(load(UInt32.self))
        case .int64: Double(load(Int64.self))
        case .uint64: Double(load(UInt64.self))
        case .float32: Double(load(Float.self))
        case .float64: load(Double.self)
        }
    }
}
