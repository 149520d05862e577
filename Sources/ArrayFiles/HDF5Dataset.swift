internal import CHDF5
internal import Glibc
package import SpaceTime

/// An array in an HDF5 file: its shape, type and place are known, its values are read on demand.
///
/// `@unchecked Sendable`: nothing changes after `init`, and HDF5 is called under `ArrayLibraryLock` only.
package final class HDF5Dataset: @unchecked Sendable {
    package let file: HDF5File
    package let name: String
    /// Slowest axis first; empty for a single value.
    package let shape: [Int]
    package let storedType: StoredType
    /// nil where the array is not cut into chunks.
    package let chunkShape: [Int]?
    /// Where the values begin in the file, if they lie there in one piece and unfiltered.
    package let contiguousOffset: Int?
    /// The value of what was never written, where the file sets one.
    package let fillValue: Scalar?
    package let attributes: [String: Scalar]
    package let attributeLists: [String: [Scalar]]
    let filters: [HDF5Filter]
    let hasUnfilteredEdges: Bool
    let handle: HDF5Handle
    let type: HDF5Handle

    /// The type of the elements as `read` delivers them; nil for what is not a number.
    package var element: ElementType? { storedType.element }
    /// The file and the place in it, for messages.
    package var place: String { file.place(name) }
    /// The number of elements.
    package let count: Int

    init(_ name: String, in file: HDF5File) throws(ReaderError) {
        self.file = file
        self.name = name
        let place = file.place(name)
        let parts = try ArrayLibraryLock.locked { () throws(ReaderError) -> HDF5DatasetParts in
            try HDF5DatasetParts(name, in: file)
        }
        shape = parts.shape
        storedType = parts.storedType
        chunkShape = parts.layout.chunkShape
        contiguousOffset = parts.layout.offset
        fillValue = parts.layout.fillValue
        filters = parts.layout.filters
        hasUnfilteredEdges = parts.layout.hasUnfilteredEdges
        attributeLists = parts.attributes
        attributes = parts.attributes.compactMapValues { $0.count == 1 ? $0[0] : nil }
        count = try CheckedSize.product(parts.shape, of: "the array", path: place)
        handle = parts.dataset
        type = parts.type
        try checkStorage(parts.layout.storedByteCount)
    }

    /// A header may declare anything: what is declared must be possible for the bytes that are there.
    private func checkStorage(_ stored: Int) throws(ReaderError) {
        let declared = try CheckedSize.product([count, storedType.byteCount], of: "the array", path: place)
        if let offset = contiguousOffset, offset > file.byteCount || declared > file.byteCount - offset {
            throw ReaderError(
                .damaged, "declares \(declared) bytes from byte \(offset) on, but the file ends at \(file.byteCount)",
                path: place)
        }
        // Deflate packs at most 1032 to 1; what was never stored costs nothing but is seldom a gibibyte.
        let possible = min(stored, file.byteCount) * 1100 + (1 << 30)
        if declared > possible {
            throw ReaderError(.damaged, "declares \(declared) bytes but stores only \(stored)", path: place)
        }
    }

    /// Reads a box of the array, row-major, as native numbers of type `element`.
    ///
    /// - Parameter buffer: exactly as large as the box.
    package func read(_ box: [Range<Int>], into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) {
        guard let element else { throw notNumbers() }
        try checkBox(box, byteCount: buffer.count, element: element)
        guard !box.contains(where: \.isEmpty), let base = buffer.baseAddress else { return }
        // libhdf5 takes a chunk that inflates to too few bytes as it is; our own decoder refuses it.
        let resources = ReadResources(threads: 1, scratch: "/tmp")
        try source().read(box, into: base, strides: box.map(\.count).rowMajorStrides, using: resources)
    }

    /// Reads a box by libhdf5: what has filters or types that only it knows.
    func readByLibrary(_ box: [Range<Int>], into buffer: UnsafeMutableRawBufferPointer) throws(ReaderError) {
        guard let element else { throw notNumbers() }
        try checkBox(box, byteCount: buffer.count, element: element)
        if box.contains(where: \.isEmpty) { return }
        try checkChunks(of: box)
        try ArrayLibraryLock.locked { () throws(ReaderError) in
            guard let memory = storedType.memoryType(for: type.id) else { throw notNumbers() }
            let spaces = try select(box)
            let status = H5Dread(
                handle.id, memory.id, spaces.memory.id, spaces.file.id, chdf5_default(), buffer.baseAddress)
            try ArrayLibraryLock.check(status, "its values cannot be read", path: place)
        }
    }

    func notNumbers() -> ReaderError {
        let what =
            switch storedType.kind {
            case .text: "text"
            case .other(let words): words
            default: "an unreadable type"
            }
        return ReaderError(.damaged, "holds \(what), where numbers are needed", path: place)
    }

    func checkBox(_ box: [Range<Int>], byteCount: Int, element: ElementType) throws(ReaderError) {
        precondition(box.count == shape.count, "a box of \(box.count) axes for an array of \(shape.count)")
        for (range, length) in zip(box, shape) where range.lowerBound < 0 || range.upperBound > length {
            throw ReaderError(.damaged, "has shape \(shape), but \(box) is asked for", path: place)
        }
        let wanted = box.reduce(element.byteCount) { $0 * $1.count }
        precondition(wanted == byteCount, "a buffer of \(byteCount) bytes for a box of \(wanted)")
    }

    private func select(_ box: [Range<Int>]) throws(ReaderError) -> HDF5Selection {
        let file = try HDF5Handle(H5Dget_space(handle.id), "its shape cannot be read", path: place)
        guard !box.isEmpty else { return HDF5Selection(file: file, memory: HDF5Handle(H5Screate(H5S_SCALAR))) }
        let start = box.map { hsize_t($0.lowerBound) }
        let count = box.map { hsize_t($0.count) }
        let status = H5Sselect_hyperslab(file.id, H5S_SELECT_SET, start, nil, count, nil)
        try ArrayLibraryLock.check(status, "\(box) cannot be selected", path: place)
        let memory = HDF5Handle(H5Screate_simple(Int32(box.count), count, nil))
        try ArrayLibraryLock.check(memory.id, "\(box) cannot be selected", path: place)
        return HDF5Selection(file: file, memory: memory)
    }

    /// All texts of the array, or those of `range` along its only axis.
    package func strings(_ range: Range<Int>? = nil) throws(ReaderError) -> [String] {
        guard case .text(let isVariable) = storedType.kind else {
            throw ReaderError(.damaged, "holds no text, where text is needed", path: place)
        }
        let box = try boxOfList(range)
        let count = box.reduce(1) { $0 * $1.count }
        let size = try CheckedSize.product([count, max(8, storedType.byteCount)], of: "the text", path: place)
        guard size <= 1 << 30 else { throw ReaderError(.damaged, "holds \(size) bytes of text", path: place) }
        if count == 0 { return [] }
        try checkChunks(of: box)
        return try ArrayLibraryLock.locked { () throws(ReaderError) in
            let spaces = try select(box)
            let read = { (memory: hid_t, buffer: UnsafeMutableRawPointer?) in
                H5Dread(self.handle.id, memory, spaces.memory.id, spaces.file.id, chdf5_default(), buffer)
            }
            if isVariable {
                return try HDF5Text.variable(count: count, type: type.id, space: spaces.memory.id, read: read)
            }
            let texts = HDF5Text.fixed(count: count, byteCount: storedType.byteCount, type: type.id) {
                read(type.id, $0)
            }
            guard let texts else { throw ReaderError(.damaged, "its texts cannot be read", path: place) }
            return texts
        }
    }

    private func boxOfList(_ range: Range<Int>?) throws(ReaderError) -> [Range<Int>] {
        guard let range else { return shape.map { 0..<$0 } }
        guard shape.count == 1, range.lowerBound >= 0, range.upperBound <= shape[0] else {
            throw ReaderError(.damaged, "has shape \(shape), but \(range) of a list is asked for", path: place)
        }
        return [range]
    }

    /// All values, or those of `range` along the only axis, as whole numbers; other kinds of number are refused.
    package func int64s(_ range: Range<Int>? = nil) throws(ReaderError) -> [Int64] {
        guard let element, !element.isFloatingPoint else {
            throw ReaderError(.damaged, "holds no whole numbers, where they are needed", path: place)
        }
        return try scalars(range).compactMap { scalar in
            if case .integer(let value) = scalar { value } else { Int64.max }
        }
    }

    /// All values, or those of `range` along the only axis, as doubles.
    package func doubles(_ range: Range<Int>? = nil) throws(ReaderError) -> [Double] {
        try scalars(range).map { $0.number ?? .nan }
    }

    private func scalars(_ range: Range<Int>?) throws(ReaderError) -> [Scalar] {
        guard let element else { throw notNumbers() }
        let box = try boxOfList(range)
        let count = box.reduce(1) { $0 * $1.count }
        guard count <= 1 << 26 else {
            throw ReaderError(.damaged, "is too large a list (\(count) numbers)", path: place)
        }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: count * element.byteCount, alignment: 8)
        defer { buffer.deallocate() }
        try read(box, into: buffer)
        let bytes = UnsafeRawBufferPointer(buffer)
        return (0..<count).map { Scalar(bytes, at: $0, of: element) }
    }
}

/// What to read, in the file and in memory.
private struct HDF5Selection {
    let file: HDF5Handle
    let memory: HDF5Handle
}
