internal import ArrayFiles
internal import CMatIO
internal import SpaceTime

/// A MATLAB file of version 4 or 5 (6, 7), read by matio. Version 7.3 is HDF5 and read as such.
///
/// An array is unpacked once, by pieces, into scratch memory and stays there while this lives. For one caller at a time.
final class MATFile {
    struct Variable: Hashable, Sendable {
        let name: String
        /// As MATLAB shows it; the first axis is the fastest in the file.
        let shape: [Int]
        /// nil where it is no array of real numbers.
        let element: ElementType?
    }

    let path: String
    let variables: [Variable]
    private var unpacked: [String: MemoryArray] = [:]

    /// Bytes read by one call of matio.
    private static let pieceByteCount = 32 << 20

    /// Whether the first bytes are those of a MATLAB file that matio reads and HDF5 does not.
    static func isMAT5(_ prefix: [UInt8]) -> Bool {
        prefix.count >= 128 && prefix.starts(with: "MATLAB 5.0".utf8)
            && (prefix[126...127] == [0x49, 0x4D] || prefix[126...127] == [0x4D, 0x49])
    }

    static func isMAT73(_ prefix: [UInt8]) -> Bool { prefix.starts(with: "MATLAB 7.3".utf8) }

    init(path: String) throws(ReaderError) {
        self.path = path
        try MATFile.checkLengths(path)
        let handle = try MATHandle(path)
        let size = try RegularFile.byteCount(at: path)
        var variables: [Variable] = []
        while let found = Mat_VarReadNextInfo(handle.pointer) {
            defer { Mat_VarFree(found) }
            guard variables.count < 100_000 else {
                throw ReaderError(.damaged, "has more than 100000 arrays", path: path)
            }
            if let variable = try MATFile.variable(found.pointee, fileByteCount: size, path) {
                variables.append(variable)
            }
        }
        self.variables = variables
    }

    /// matio fills what a cut-off file lacks; so the lengths of the file's elements are compared with its size first.
    private static func checkLengths(_ path: String) throws(ReaderError) {
        let file = try RegularFile(path: path)
        let isBig = try file.prefix(128).suffix(2) == [0x4D, 0x49]
        var position = 128
        while position < file.byteCount {
            guard position + 8 <= file.byteCount else { throw cut(file) }
            var tag: UInt64 = 0
            let failure: ReaderError? = withUnsafeMutableBytes(of: &tag) { buffer in
                do throws(ReaderError) { try file.read(into: buffer, at: position) } catch { return error }
                return nil
            }
            if let failure { throw failure }
            let upper = UInt32(truncatingIfNeeded: tag >> 32)
            let length = Int(isBig ? upper.byteSwapped : upper)
            guard length <= file.byteCount - position - 8 else { throw cut(file) }
            position += 8 + length
        }
    }

    private static func cut(_ file: RegularFile) -> ReaderError {
        ReaderError(
            .damaged, "is a MATLAB file that was cut off at byte \(file.byteCount); get it again", path: file.path)
    }

    private static func variable(
        _ found: matvar_t, fileByteCount: Int, _ path: String
    ) throws(ReaderError) -> Variable? {
        guard let text = found.name, let name = String(validatingCString: text) else { return nil }
        guard (0...16).contains(found.rank), let dims = found.dims else { return nil }
        let shape = (0..<Int(found.rank)).map { Int(clamping: dims[$0]) }
        let element = found.isComplex == 0 ? element(found.class_type) : nil
        let size = try CheckedSize.product(shape + [element?.byteCount ?? 1], of: "array \(name)", path: path)
        // Deflate packs at most 1032 to 1, and whole numbers may be stored in fewer bytes than they are read in.
        guard size <= fileByteCount * 1100 * 8 + 4096 else {
            throw ReaderError(
                .damaged, "array \(name) declares \(size) bytes in a file of \(fileByteCount)", path: path)
        }
        return Variable(name: name, shape: shape, element: element)
    }

    private static func element(_ type: matio_classes) -> ElementType? {
        switch type {
        case MAT_C_DOUBLE: .float64
        case MAT_C_SINGLE: .float32
        case MAT_C_INT8: .int8
        case MAT_C_UINT8: .uint8
        case MAT_C_INT16: .int16
        case MAT_C_UINT16: .uint16
        case MAT_C_INT32: .int32
        case MAT_C_UINT32: .uint32
        case MAT_C_INT64: .int64
        case MAT_C_UINT64: .uint64
        default: nil
        }
    }

    /// The array as a source of boxes; axes as MATLAB shows them.
    func source(of variable: Variable, scratch: String) throws(ReaderError) -> any ArraySource {
        if let known = unpacked[variable.name] { return known }
        let place = "\(path):\(variable.name)"
        guard let element = variable.element else {
            throw ReaderError(.damaged, "is no array of real numbers", path: place)
        }
        let count = variable.shape.reduce(1, *)
        guard count <= Int(Int32.max) else {
            throw ReaderError(
                .damaged, "has \(count) elements; matio reads 2147483647: save it with -v7.3", path: place)
        }
        let memory = try ScratchMemory(byteCount: count * element.byteCount, folder: scratch)
        try read(variable.name, count: count, width: element.byteCount, into: memory.bytes, place)
        var strides: [Int] = []
        var stride = 1
        for length in variable.shape {
            strides.append(stride)
            stride *= max(1, length)
        }
        let array = MemoryArray(memory, shape: variable.shape, strides: strides, element: element, place: place)
        unpacked[variable.name] = array
        return array
    }

    private func read(
        _ name: String, count: Int, width: Int, into bytes: UnsafeMutableRawBufferPointer, _ place: String
    ) throws(ReaderError) {
        let handle = try MATHandle(path)
        guard let found = Mat_VarReadInfo(handle.pointer, name) else {
            throw ReaderError(.damaged, "changed while it was read", path: place)
        }
        defer { Mat_VarFree(found) }
        let piece = MATFile.pieceByteCount / width
        for start in stride(from: 0, to: count, by: piece) {
            let part = min(piece, count - start)
            let target = bytes.baseAddress.map { $0 + start * width }
            guard Mat_VarReadDataLinear(handle.pointer, found, target, Int32(start), 1, Int32(part)) == 0 else {
                throw ReaderError(.damaged, "cannot be read from element \(start) on: it is damaged", path: place)
            }
        }
    }
}

/// An open MATLAB file.
private final class MATHandle {
    let pointer: OpaquePointer

    init(_ path: String) throws(ReaderError) {
        // Without this matio writes what it thinks to the terminal.
        Mat_LogInitFunc("stbank") { _, _ in }
        guard let pointer = Mat_Open(path, Int32(MAT_ACC_RDONLY.rawValue)) else {
            throw ReaderError(.damaged, "is no MATLAB file that can be read", path: path)
        }
        self.pointer = pointer
    }

    deinit { Mat_Close(pointer) }
}
