internal import SpaceTime

/// Where the variables of a classic netCDF file lie.
///
/// libnetcdf does not tell, and fills what a cut-off file lacks with zeros; so the places are read from the header, as
/// "The NetCDF Classic Format Specification" gives it, and compared with the file's size.
struct ClassicLayout {
    private struct Place {
        var dimensions: [Int]
        var element: ElementType?
        var begin: Int
    }

    private var lengths: [Int] = []
    private var recordDimension: Int?
    private var places: [String: Place] = [:]
    private let file: RegularFile

    init(path: String) throws(ReaderError) {
        file = try RegularFile(path: path)
        var bytes = try ClassicBytes(file)
        _ = try bytes.count()
        lengths = try dimensions(&bytes)
        try skipAttributes(&bytes)
        let variableCount = try bytes.list(tag: 11)
        for _ in 0..<variableCount {
            let name = try bytes.name()
            var dimensions: [Int] = []
            for _ in 0..<(try bytes.count()) {
                let dimension = try bytes.count()
                guard lengths.indices.contains(dimension) else { throw bytes.damaged("an unknown dimension") }
                dimensions.append(dimension)
            }
            try skipAttributes(&bytes)
            let type = try bytes.word()
            _ = try bytes.count()
            places[name] = Place(
                dimensions: dimensions, element: ClassicLayout.element(type), begin: try bytes.offset())
        }
    }

    private mutating func dimensions(_ bytes: inout ClassicBytes) throws(ReaderError) -> [Int] {
        var lengths: [Int] = []
        for number in 0..<(try bytes.list(tag: 10)) {
            _ = try bytes.name()
            lengths.append(try bytes.count())
            if lengths[number] == 0 { recordDimension = number }
        }
        return lengths
    }

    private func skipAttributes(_ bytes: inout ClassicBytes) throws(ReaderError) {
        for _ in 0..<(try bytes.list(tag: 12)) {
            _ = try bytes.name()
            let width = ClassicLayout.width(try bytes.word())
            let size = try CheckedSize.product([try bytes.count(), width], of: "an attribute", path: file.path)
            try bytes.skip((size + 3) / 4 * 4)
        }
    }

    private static func element(_ type: Int) -> ElementType? {
        NetCDFHeader.element(of: Int32(truncatingIfNeeded: type))
    }

    private static func width(_ type: Int) -> Int { element(type)?.byteCount ?? 1 }

    private func isRecord(_ place: Place) -> Bool {
        place.dimensions.first == recordDimension && recordDimension != nil
    }

    /// Bytes of one record of a variable, or of all of one without records.
    private func byteCount(_ place: Place) throws(ReaderError) -> Int {
        let dimensions = isRecord(place) ? Array(place.dimensions.dropFirst()) : place.dimensions
        return try CheckedSize.product(
            dimensions.map { lengths[$0] } + [place.element?.byteCount ?? 1], of: "a variable", path: file.path)
    }

    /// Bytes from one record to the next. A single variable with records is not padded to whole words.
    private func recordByteCount() throws(ReaderError) -> Int {
        let records = places.values.filter(isRecord)
        if records.count == 1 { return try byteCount(records[0]) }
        var sum = 0
        for place in records { sum += (try byteCount(place) + 3) / 4 * 4 }
        return sum
    }

    /// Every declared value must lie in the file.
    func check(_ variables: [NetCDFFile.Variable]) throws(ReaderError) {
        for variable in variables where !variable.shape.contains(0) {
            guard variable.element != nil || variable.isText else { continue }
            _ = try flat(variable, as: variable.element ?? .uint8)
        }
    }

    func source(of variable: NetCDFFile.Variable, path: String) throws(ReaderError) -> any ArraySource {
        guard let element = variable.element else {
            throw ReaderError(.damaged, "\(variable.name) holds no numbers, where numbers are needed", path: path)
        }
        return try flat(variable, as: element)
    }

    private func flat(_ variable: NetCDFFile.Variable, as element: ElementType) throws(ReaderError) -> FlatArray {
        guard let place = places[variable.name], place.dimensions.count == variable.dimensions.count else {
            throw ReaderError(.damaged, "the header does not hold \(variable.name) as it should", path: file.path)
        }
        let shape = variable.shape
        var strides = shape.rowMajorStrides.map { $0 * element.byteCount }
        if isRecord(place), shape.count > 0 { strides[0] = try recordByteCount() }
        let type = StoredType(kind: .number(element), byteCount: element.byteCount, isBigEndian: element.byteCount > 1)
        return try FlatArray(
            file, offset: place.begin, shape: shape, strides: strides, storedType: type,
            place: "\(file.path):\(variable.name)")
    }
}

/// Reads the header of a classic file; every length is checked against the file's.
struct ClassicBytes {
    private let file: RegularFile
    private var position = 4
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    /// 1, 2 or 5.
    private var version: UInt8 = 0

    init(_ file: RegularFile) throws(ReaderError) {
        self.file = file
        version = try byte(at: 3)
        guard [1, 2, 5].contains(version) else { throw damaged("version \(version)") }
    }

    func damaged(_ what: String) -> ReaderError {
        ReaderError(.damaged, "the netCDF header holds \(what) at byte \(position): it is damaged", path: file.path)
    }

    private mutating func byte(at place: Int) throws(ReaderError) -> UInt8 {
        guard place >= 0, place < file.byteCount else {
            throw ReaderError(.damaged, "ends inside its netCDF header", path: file.path)
        }
        if place < bufferStart || place >= bufferStart + buffer.count {
            let count = min(1 << 16, file.byteCount - place)
            var bytes = [UInt8](repeating: 0, count: count)
            let failure: ReaderError? = bytes.withUnsafeMutableBytes { target in
                do throws(ReaderError) { try file.read(into: target, at: place) } catch { return error }
                return nil
            }
            if let failure { throw failure }
            buffer = bytes
            bufferStart = place
        }
        return buffer[place - bufferStart]
    }

    private mutating func big(_ count: Int) throws(ReaderError) -> Int {
        var value: UInt64 = 0
        for _ in 0..<count {
            value = value << 8 | UInt64(try byte(at: position))
            position += 1
        }
        guard value <= UInt64(CheckedSize.limit) || count == 4 else { throw damaged("the number \(value)") }
        return Int(value)
    }

    /// Four bytes.
    mutating func word() throws(ReaderError) -> Int { try big(4) }

    /// A length: four bytes, eight in version 5.
    mutating func count() throws(ReaderError) -> Int { try big(version == 5 ? 8 : 4) }

    /// A place in the file: four bytes in version 1, else eight.
    mutating func offset() throws(ReaderError) -> Int { try big(version == 1 ? 4 : 8) }

    mutating func skip(_ count: Int) throws(ReaderError) {
        guard count >= 0, count <= file.byteCount - position else {
            throw ReaderError(.damaged, "ends inside its netCDF header", path: file.path)
        }
        position += count
    }

    mutating func name() throws(ReaderError) -> String {
        let length = try count()
        guard length <= 4096 else { throw damaged("a name of \(length) bytes") }
        var bytes: [UInt8] = []
        for index in 0..<length { bytes.append(try byte(at: position + index)) }
        try skip((length + 3) / 4 * 4)
        return HDF5Text.decode(bytes)
    }

    /// The number of entries of a list that is marked by `tag`, or by 0 where it is empty.
    mutating func list(tag: Int) throws(ReaderError) -> Int {
        let found = try word()
        let length = try count()
        guard found == tag || found == 0 && length == 0 else { throw damaged("the mark \(found)") }
        guard length <= (file.byteCount - position) / 8 else { throw damaged("a list of \(length) entries") }
        return length
    }
}
