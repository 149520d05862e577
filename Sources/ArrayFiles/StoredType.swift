internal import CHDF5
package import SpaceTime

/// How the elements of an array lie in the file.
package struct StoredType: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
        /// A plain number of a usual size.
        case number(ElementType)
        /// IEEE half precision; read as float32, exactly.
        case float16
        /// The enumeration FALSE, TRUE that h5py writes for `bool`; read as uint8.
        case boolean
        /// Another enumeration, read as its number.
        case enumeration(ElementType)
        case text(isVariable: Bool)
        /// Anything else, in words.
        case other(String)
    }

    package let kind: Kind
    /// Bytes of one element in the file; of the reference where text is of variable length.
    package let byteCount: Int
    package let isBigEndian: Bool
    /// Whether the stored bits are a plain number's, so that chunks may be decoded without HDF5's conversion.
    let isPlain: Bool

    package init(kind: Kind, byteCount: Int, isBigEndian: Bool = false) {
        self.kind = kind
        self.byteCount = byteCount
        self.isBigEndian = isBigEndian
        isPlain = true
    }

    /// The type of the elements as they are read; nil for what is not a number.
    package var element: ElementType? {
        switch kind {
        case .number(let element), .enumeration(let element): element
        case .float16: .float32
        case .boolean: .uint8
        case .text, .other: nil
        }
    }

    /// Describes an HDF5 type; call inside `ArrayLibraryLock.locked`.
    init(describing type: hid_t) {
        byteCount = Int(H5Tget_size(type))
        isBigEndian = H5Tget_order(type) == H5T_ORDER_BE
        (kind, isPlain) = StoredType.classify(type, byteCount: byteCount)
    }

    private static func classify(_ type: hid_t, byteCount: Int) -> (Kind, isPlain: Bool) {
        switch H5Tget_class(type) {
        case H5T_INTEGER:
            let element = integer(byteCount, isSigned: H5Tget_sign(type) != H5T_SGN_NONE)
            let isPlain = H5Tget_precision(type) == byteCount * 8 && H5Tget_offset(type) == 0
            return (element.map { .number($0) } ?? .other("integers of \(byteCount) bytes"), isPlain)
        case H5T_FLOAT: return real(type, byteCount: byteCount)
        case H5T_ENUM: return enumeration(type, byteCount: byteCount)
        case H5T_STRING: return (.text(isVariable: H5Tis_variable_str(type) > 0), false)
        case H5T_COMPOUND: return (.other("records of several members"), false)
        case H5T_REFERENCE: return (.other("references"), false)
        case H5T_VLEN: return (.other("lists of varying length"), false)
        case H5T_OPAQUE: return (.other("opaque bytes"), false)
        case H5T_ARRAY: return (.other("small arrays"), false)
        case H5T_BITFIELD: return (.other("bit fields"), false)
        default: return (.other("an unknown type"), false)
        }
    }

    private static func integer(_ byteCount: Int, isSigned: Bool) -> ElementType? {
        switch byteCount {
        case 1: isSigned ? .int8 : .uint8
        case 2: isSigned ? .int16 : .uint16
        case 4: isSigned ? .int32 : .uint32
        case 8: isSigned ? .int64 : .uint64
        default: nil
        }
    }

    private static func real(_ type: hid_t, byteCount: Int) -> (Kind, isPlain: Bool) {
        if H5Tequal(type, chdf5_ieee_f32le()) > 0 || H5Tequal(type, chdf5_ieee_f32be()) > 0 {
            return (.number(.float32), true)
        }
        if H5Tequal(type, chdf5_ieee_f64le()) > 0 || H5Tequal(type, chdf5_ieee_f64be()) > 0 {
            return (.number(.float64), true)
        }
        guard byteCount == 2, H5Tget_precision(type) == 16, H5Tget_ebias(type) == 15 else {
            return (.other("floating-point numbers of \(byteCount) bytes in an unusual form"), false)
        }
        var sign = 0, exponent = 0, exponentSize = 0, mantissa = 0, mantissaSize = 0
        H5Tget_fields(type, &sign, &exponent, &exponentSize, &mantissa, &mantissaSize)
        let isHalf = (sign, exponent, exponentSize, mantissa, mantissaSize) == (15, 10, 5, 0, 10)
        return isHalf ? (.float16, true) : (.other("floating-point numbers of 2 bytes in an unusual form"), false)
    }

    private static func enumeration(_ type: hid_t, byteCount: Int) -> (Kind, isPlain: Bool) {
        let base = HDF5Handle(H5Tget_super(type))
        let isSigned = H5Tget_sign(base.id) != H5T_SGN_NONE
        guard let element = integer(byteCount, isSigned: isSigned) else { return (.other("an enumeration"), false) }
        let isPlain = H5Tget_precision(base.id) == byteCount * 8 && H5Tget_offset(base.id) == 0
        guard byteCount == 1, H5Tget_nmembers(type) == 2, members(of: type) == ["FALSE": 0, "TRUE": 1] else {
            return (.enumeration(element), isPlain)
        }
        return (.boolean, isPlain)
    }

    private static func members(of type: hid_t) -> [String: Int8] {
        var result: [String: Int8] = [:]
        for index in 0..<UInt32(2) {
            var value: Int8 = 0
            guard H5Tget_member_value(type, index, &value) >= 0, let name = H5Tget_member_name(type, index) else {
                continue
            }
            result[String(cString: name)] = value
            H5free_memory(name)
        }
        return result
    }

    /// The HDF5 type to read into memory with; nil for what is not a number. `type` is the type in the file.
    func memoryType(for type: hid_t) -> HDF5Handle? {
        switch kind {
        case .number(let element): return HDF5Handle(H5Tcopy(element.nativeType))
        case .float16: return HDF5Handle(H5Tcopy(chdf5_native_float()))
        case .boolean, .enumeration:
            let native = HDF5Handle(H5Tget_native_type(type, H5T_DIR_ASCEND))
            return native.id < 0 ? nil : native
        case .text, .other: return nil
        }
    }
}

extension ElementType {
    /// HDF5's identifier of the type in this machine's memory.
    var nativeType: hid_t {
        switch self {
        case .int8: chdf5_native_int8()
        case .uint8: chdf5_native_uint8()
        case .int16: chdf5_native_int16()
        case .uint16: chdf5_native_uint16()
        case .int32: chdf5_native_int32()
        case .uint32: chdf5_native_uint32()
        case .int64: chdf5_native_int64()
        case .uint64: chdf5_native_uint64()
        case .float32: chdf5_native_float()
        case .float64: chdf5_native_double()
        }
    }
}
