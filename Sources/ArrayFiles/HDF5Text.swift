internal import CHDF5
internal import Glibc
internal import SpaceTime

/// Texts as HDF5 stores them: of fixed size, padded or terminated, or of variable length.
enum HDF5Text {
    /// Reads `count` texts of `byteCount` bytes; nil where `read` fails.
    static func fixed(
        count: Int, byteCount: Int, type: hid_t, read: (UnsafeMutableRawPointer?) -> herr_t
    ) -> [String]? {
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, count * byteCount), alignment: 8)
        defer { buffer.deallocate() }
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        guard read(buffer.baseAddress) >= 0 else { return nil }
        let padding = H5Tget_strpad(type)
        return (0..<count).map { index in
            let bytes = UnsafeRawBufferPointer(rebasing: buffer[(index * byteCount)..<((index + 1) * byteCount)])
            return text(bytes, padding: padding)
        }
    }

    private static func text(_ bytes: UnsafeRawBufferPointer, padding: H5T_str_t) -> String {
        var part = bytes[...]
        switch padding {
        case H5T_STR_NULLTERM: part = part.prefix { $0 != 0 }
        case H5T_STR_SPACEPAD: while part.last == 32 { part = part.dropLast() }
        default: while part.last == 0 { part = part.dropLast() }
        }
        return decode(part)
    }

    /// UTF-8, or Latin-1 where the bytes are not UTF-8.
    static func decode(_ bytes: some Collection<UInt8>) -> String {
        String(validating: bytes, as: UTF8.self) ?? String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }

    /// Reads `count` texts of variable length.
    static func variable(
        count: Int, type: hid_t, space: hid_t, read: (hid_t, UnsafeMutableRawPointer?) -> herr_t
    ) throws(ReaderError) -> [String] {
        let memory = HDF5Handle(H5Tcopy(chdf5_c_string()))
        H5Tset_size(memory.id, Int(bitPattern: UInt.max))
        H5Tset_cset(memory.id, H5Tget_cset(type))
        var pointers = [UnsafeMutablePointer<CChar>?](repeating: nil, count: count)
        let status = pointers.withUnsafeMutableBytes { read(memory.id, $0.baseAddress) }
        guard status >= 0 else { throw ReaderError(.damaged, "texts of variable length cannot be read") }
        let texts = pointers.map { pointer in
            pointer.map { decode(UnsafeRawBufferPointer(start: $0, count: strlen($0))) } ?? ""
        }
        pointers.withUnsafeMutableBytes { _ = H5Dvlen_reclaim(memory.id, space, chdf5_default(), $0.baseAddress) }
        return texts
    }
}
