internal import CHDF5
internal import SpaceTime

/// A step of the pipeline that packed a chunk.
enum HDF5Filter: Hashable, Sendable {
    case deflate
    case shuffle(elementSize: Int)
    case fletcher32
    case lzf
    /// Known to the HDF5 library only: read through it.
    case libraryOnly(String)

    /// Whether we decode it ourselves.
    var isOurs: Bool {
        if case .libraryOnly = self { false } else { true }
    }

    /// The pipeline of a dataset in the order of packing; a filter nobody here knows is refused.
    static func pipeline(of properties: hid_t, path: String) throws(ReaderError) -> [HDF5Filter] {
        let count = H5Pget_nfilters(properties)
        guard (0...32).contains(count) else { throw ReaderError(.damaged, "has \(count) filters", path: path) }
        var result: [HDF5Filter] = []
        for index in 0..<UInt32(count) {
            var flags: UInt32 = 0, configuration: UInt32 = 0
            var valueCount = 8
            var values = [UInt32](repeating: 0, count: 8)
            var name = [CChar](repeating: 0, count: 64)
            let id = H5Pget_filter2(properties, index, &flags, &valueCount, &values, 64, &name, &configuration)
            result.append(try filter(id, values: values, path: path))
        }
        return result
    }

    private static func filter(_ id: H5Z_filter_t, values: [UInt32], path: String) throws(ReaderError) -> HDF5Filter {
        switch id {
        case 1: return .deflate
        case 2: return .shuffle(elementSize: Int(values[0]))
        case 3: return .fletcher32
        case 5: return .libraryOnly("nbit")
        case 6: return .libraryOnly("scale-offset")
        case 4 where H5Zfilter_avail(4) > 0: return .libraryOnly("szip")
        case 32000: return .lzf
        default:
            throw ReaderError(
                .damaged,
                "is packed by the filter with number \(id), which is not read here; write it again with gzip "
                    + "(h5repack -f GZIP=4 IN OUT)", path: path)
        }
    }
}
