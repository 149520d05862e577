package import ArrayFiles
package import SpaceTime

/// The header of an npy file, as "numpy.lib.format" of the NumPy manual gives it: versions 1.0, 2.0 and 3.0.
package struct NPYHeader: Hashable, Sendable {
    package let shape: [Int]
    package let isFortranOrder: Bool
    /// Where the first element lies.
    package let dataOffset: Int
    /// As written: `<f4`, `|O`, …
    package let descriptor: String
    let storedType: StoredType

    /// The type in which elements are delivered.
    package var element: ElementType? { storedType.element }

    /// Bytes from the file's beginning to behind the last element.
    package let byteCount: Int

    /// The longest header that is read; NumPy itself stops at 10,000 unless told otherwise.
    static let limit = 1 << 16

    /// Reads the header at the beginning of `bytes`, which hold at least `limit` bytes or all there are.
    ///
    /// - Throws: `.damaged` for what is no npy header, pickled objects and types that are no plain numbers.
    package init(_ bytes: [UInt8], path: String) throws(ReaderError) {
        guard bytes.count >= 10, bytes.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
            throw ReaderError(.damaged, "is no npy array (its first bytes are not NumPy's)", path: path)
        }
        guard (1...3).contains(bytes[6]), bytes[7] == 0, bytes.count >= 12 else {
            throw ReaderError(
                .damaged, "has npy version \(bytes[6]).\(bytes[7]); 1.0, 2.0 and 3.0 are read", path: path)
        }
        let lengthBytes = bytes[6] == 1 ? 2 : 4
        let length = (0..<lengthBytes).reduce(0) { $0 | Int(bytes[8 + $1]) << (8 * $1) }
        let start = 8 + lengthBytes
        guard length <= NPYHeader.limit - start, start + length <= bytes.count else {
            throw ReaderError(
                .damaged, "declares an npy header of \(length) bytes, which is too long or cut off", path: path)
        }
        var words = PythonLiteral(bytes[start..<(start + length)])
        guard let entries = words.dictionary(), case .text(let descriptor)? = entries["descr"],
            case .truth(let isFortranOrder)? = entries["fortran_order"], case .numbers(let shape)? = entries["shape"]
        else {
            if case .other? = words.lastValue {
                throw ReaderError(
                    .damaged, "holds records of several members; save each member as an array of its own", path: path)
            }
            throw ReaderError(.damaged, "has an npy header that cannot be understood", path: path)
        }
        self.shape = shape
        self.isFortranOrder = isFortranOrder
        self.descriptor = descriptor
        dataOffset = start + length
        storedType = try NPYHeader.storedType(descriptor, path: path)
        let size = try CheckedSize.product(shape + [storedType.byteCount], of: "the array", path: path)
        byteCount = dataOffset + size
    }

    private static func storedType(_ descriptor: String, path: String) throws(ReaderError) -> StoredType {
        let letters = Array(descriptor.utf8)
        if descriptor.hasSuffix("O") {
            throw ReaderError(
                .damaged,
                "holds pickled Python objects, which are never loaded, since that can run any program; save plain "
                    + "numbers instead: numpy.save(FILE, numpy.stack(LIST), allow_pickle=False)", path: path)
        }
        guard letters.count >= 3, let size = Int(descriptor.dropFirst(2)), let kind = kind(letters[1], size: size),
            "<>|=".utf8.contains(letters[0])
        else {
            throw ReaderError(
                .damaged,
                "holds elements of type `\(descriptor)`, which are no plain numbers; save it as integers or floats",
                path: path)
        }
        return StoredType(kind: kind, byteCount: size, isBigEndian: letters[0] == UInt8(ascii: ">") && size > 1)
    }

    private static func kind(_ letter: UInt8, size: Int) -> StoredType.Kind? {
        switch (letter, size) {
        case (UInt8(ascii: "b"), 1): .boolean
        case (UInt8(ascii: "i"), 1): .number(.int8)
        case (UInt8(ascii: "i"), 2): .number(.int16)
        case (UInt8(ascii: "i"), 4): .number(.int32)
        case (UInt8(ascii: "i"), 8): .number(.int64)
        case (UInt8(ascii: "u"), 1): .number(.uint8)
        case (UInt8(ascii: "u"), 2): .number(.uint16)
        case (UInt8(ascii: "u"), 4): .number(.uint32)
        case (UInt8(ascii: "u"), 8): .number(.uint64)
        case (UInt8(ascii: "f"), 2): .float16
        case (UInt8(ascii: "f"), 4): .number(.float32)
        case (UInt8(ascii: "f"), 8): .number(.float64)
        default: nil
        }
    }

    /// The array in a file that begins with this header.
    package func source(in file: RegularFile, place: String) throws(ReaderError) -> FlatArray {
        var strides = shape
        var stride = storedType.byteCount
        for axis in isFortranOrder ? Array(shape.indices) : shape.indices.reversed() {
            strides[axis] = stride
            stride *= max(1, shape[axis])
        }
        return try FlatArray(
            file, offset: dataOffset, shape: shape, strides: strides, storedType: storedType, place: place)
    }
}

/// Reads the dictionary of an npy header: texts, truths and tuples of whole numbers.
private struct PythonLiteral {
    enum Value: Hashable {
        case text(String)
        case truth(Bool)
        case numbers([Int])
        /// A list, as of the members of a record.
        case other
    }

    private let bytes: [UInt8]
    private var position = 0
    private(set) var lastValue: Value?

    init(_ bytes: ArraySlice<UInt8>) { self.bytes = Array(bytes) }

    /// nil where it is not understood.
    mutating func dictionary() -> [String: Value]? {
        guard take("{") else { return nil }
        var result: [String: Value] = [:]
        while !take("}") {
            guard let key = text(), take(":"), let value = value() else { return nil }
            lastValue = value
            guard result.updateValue(value, forKey: key) == nil, take(",") || peek() == UInt8(ascii: "}") else {
                return nil
            }
        }
        return peek() == nil ? result : nil
    }

    private mutating func peek() -> UInt8? {
        while position < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: letter) else { return false }
        position += 1
        return true
    }

    private mutating func text() -> String? {
        guard let quote = peek(), quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else { return nil }
        guard let end = bytes[(position + 1)...].firstIndex(of: quote) else { return nil }
        defer { position = end + 1 }
        return String(validating: bytes[(position + 1)..<end], as: UTF8.self)
    }

    private mutating func word() -> Substring {
        let start = position
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] != UInt8(ascii: ":") { position += 1 }
        return Substring(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func value() -> Value? {
        switch peek() {
        case UInt8(ascii: "'"), UInt8(ascii: "\""): return text().map { .text($0) }
        case UInt8(ascii: "("): return tuple()
        case UInt8(ascii: "["):
            position = bytes.count
            lastValue = .other
            return nil
        default: break
        }
        switch word() {
        case "True": return .truth(true)
        case "False": return .truth(false)
        default: return nil
        }
    }

    private mutating func tuple() -> Value? {
        guard take("(") else { return nil }
        var numbers: [Int] = []
        while !take(")") {
            guard peek() != nil, numbers.count <= 32 else { return nil }
            var digits = word()
            // Python 2 wrote long integers as `3L`.
            if digits.hasSuffix("L") { digits = digits.dropLast() }
            guard let number = Int(digits), number >= 0 else { return nil }
            numbers.append(number)
            guard take(",") || peek() == UInt8(ascii: ")") else { return nil }
        }
        return .numbers(numbers)
    }
}
