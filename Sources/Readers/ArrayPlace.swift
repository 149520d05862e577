internal import ArrayFiles
internal import SpaceTime
internal import Synchronization

/// Where an array of frames lies; it is opened when it is needed, since there may be thousands.
protocol ArrayPlace {
    func frames(_ resources: ReadResources) throws(ReaderError) -> FrameArray
}

/// An array in an HDF5 file.
struct HDF5ArrayPlace: ArrayPlace {
    var path: String
    var name: String
    /// Letters as `AxisOrder` takes them.
    var axes: String

    func frames(_ resources: ReadResources) throws(ReaderError) -> FrameArray {
        try FrameArray(try HDF5File(path: path).dataset(name), axes: axes, resources: resources)
    }
}

/// An array in an npy file.
struct NPYArrayPlace: ArrayPlace {
    var path: String
    var axes: String
    /// Another shape with as many elements; the file's own where nil.
    var shape: [Int]?

    func frames(_ resources: ReadResources) throws(ReaderError) -> FrameArray {
        let order = try AxisOrder(axes)
        let file = try NPYFile(path: path)
        guard let shape, shape != file.header.shape else {
            return try FrameArray(try file.source(), axes: order, resources: resources)
        }
        guard !file.header.isFortranOrder, CheckedSize.product(shape) == CheckedSize.product(file.header.shape) else {
            throw ReaderError(
                .damaged, "has shape \(file.header.shape) in Fortran order, where C order is needed", path: path)
        }
        let source = try FlatArray(
            RegularFile(path: path), offset: file.header.dataOffset, shape: shape, storedType: file.header.storedType)
        return try FrameArray(source, axes: order, resources: resources)
    }
}

/// An array in an npz file, unpacked into the scratch folder when its numbers are first asked for.
struct NPZArrayPlace: ArrayPlace {
    var file: NPZFile
    var entry: NPZFile.Entry
    var axes: String

    func frames(_ resources: ReadResources) throws(ReaderError) -> FrameArray {
        try FrameArray(try PackedArray(file, entry), axes: AxisOrder(axes), resources: resources)
    }
}

/// What an npz file says of an array, and the array itself once it is needed.
///
/// `@unchecked Sendable`: `NPZFile` is used under the lock only; the protocol's callers are one at a time.
private final class PackedArray: ArraySource, @unchecked Sendable {
    let shape: [Int]
    let element: ElementType
    let place: String
    private let file: NPZFile
    private let entry: NPZFile.Entry
    private let lock = Mutex(())
    private var unpacked: (any ArraySource)?

    init(_ file: NPZFile, _ entry: NPZFile.Entry) throws(ReaderError) {
        self.file = file
        self.entry = entry
        place = "\(file.path):\(entry.name)"
        if let fault = entry.fault { throw fault }
        guard let header = entry.header, let element = header.element else {
            throw ReaderError(.damaged, "cannot be read as numbers", path: "\(file.path):\(entry.name)")
        }
        shape = header.shape
        self.element = element
    }

    var granularity: [Int] { shape.map { _ in 1 } }

    func read(
        _ box: [Range<Int>], into target: UnsafeMutableRawPointer, strides: [Int], using resources: ReadResources
    ) throws(ReaderError) {
        try source(resources.scratch).read(box, into: target, strides: strides, using: resources)
    }

    private func source(_ scratch: String) throws(ReaderError) -> any ArraySource {
        try lock.withLock { _ throws(ReaderError) in
            if let unpacked { return unpacked }
            let source = try file.source(of: entry, scratch: scratch)
            unpacked = source
            return source
        }
    }
}

/// Sizes of frames that make sense.
enum FrameSize {
    /// - Throws: `.damaged` where a frame has no cell or is beyond 65,536 rows or columns.
    static func check(rows: Int, columns: Int, frames: Int, path: String) throws(ReaderError) {
        let sides = 1...65_536
        guard sides.contains(rows), sides.contains(columns), frames >= 1 else {
            throw ReaderError(.damaged, "has \(frames) frames of \(rows)x\(columns) cells", path: path)
        }
    }
}
