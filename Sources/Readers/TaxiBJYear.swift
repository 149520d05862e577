internal import ArrayFiles
internal import SpaceTime

/// One yearly file: flows of a city on a grid, a frame a slot, and the label of each slot.
struct TaxiBJYear {
    let source: Survey.Source
    /// `BJ13`: the name up to its first underscore.
    let id: String
    let element: ElementType
    let rows: Int
    let columns: Int
    private(set) var slots: TaxiBJSlots

    /// The city: the letters that the name begins with.
    var city: String { String(id.prefix { $0.isLetter }) }

    init(_ source: Survey.Source, _ file: HDF5File) throws(ReaderError) {
        self.source = source
        let stem = SEVIRReader.stem(of: source.name)
        id = String(stem.prefix { $0 != "_" })
        let data = try file.dataset("data")
        guard data.shape.count == 4, data.shape[1] == 2, let element = data.element else {
            throw ReaderError(
                .damaged, "has shape \(data.shape); slot, inflow and outflow, row, column are needed", path: data.place)
        }
        try FrameSize.check(rows: data.shape[2], columns: data.shape[3], frames: 1, path: data.place)
        self.element = element
        rows = data.shape[2]
        columns = data.shape[3]
        let dates = try file.dataset("date")
        guard dates.shape == [data.shape[0]], dates.count <= 4_000_000 else {
            throw ReaderError(.damaged, "has shape \(dates.shape) for \(data.shape[0]) slots", path: dates.place)
        }
        slots = try TaxiBJSlots(try dates.strings(), minutes: TaxiBJYear.minutes(in: stem), path: dates.place)
        guard !slots.order.isEmpty else { throw ReaderError(.damaged, "holds no slot", path: source.path) }
    }

    /// `30` of `BJ13_M32x32_T30_InOut`.
    private static func minutes(in stem: String) -> Int? {
        for part in stem.split(separator: "_") where part.first == "T" {
            if let minutes = Int(part.dropFirst()), (1...1440).contains(minutes) { return minutes }
        }
        return nil
    }

    /// - Throws: `.notFound` where no day is complete.
    mutating func keepCompleteDays() throws(ReaderError) {
        slots.keepCompleteDays()
        if slots.order.isEmpty {
            throw ReaderError(.notFound, "has no complete day; --set days=all takes what there is", path: source.path)
        }
    }
}

/// The frames of yearly files in order of time.
final class TaxiBJFrames: FieldFrames {
    private let years: [TaxiBJYear]
    private let resources: ReadResources
    private var open: (year: Int, array: FrameArray)?
    /// All frames of a year whose file is not in order: reading it piecemeal would inflate each chunk again and again.
    private var held: (year: Int, memory: ScratchMemory)?
    private var negative = 0

    init(_ years: [TaxiBJYear], _ resources: ReadResources) {
        self.years = years
        self.resources = resources
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let year = years[sequence]
        let array = try array(sequence)
        if year.slots.isInOrder, year.slots.order.count == array.frames {
            try array.frames(frames, sample: 0, into: buffer)
        } else {
            let memory = try memory(sequence, array)
            let size = array.frameByteCount
            for (index, position) in year.slots.order[frames].enumerated() {
                let target = UnsafeMutableRawBufferPointer(rebasing: buffer[(index * size)..<((index + 1) * size)])
                target.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: memory.bytes[(position * size)..<((position + 1) * size)]))
            }
        }
        negative += NegativeValues.count(in: UnsafeRawBufferPointer(buffer), array.element)
    }

    func takeFindings() -> [(what: String, count: Int)] {
        defer { negative = 0 }
        return [("negative flows, kept as they are", negative)]
    }

    private func array(_ index: Int) throws(ReaderError) -> FrameArray {
        if let open, open.year == index { return open.array }
        (open, held) = (nil, nil)
        let year = years[index]
        let array = try FrameArray(
            try HDF5File(path: year.source.path).dataset("data"), axes: "TCHW", resources: resources)
        guard array.frames == year.slots.times.count, array.rows == year.rows, array.columns == year.columns,
            array.channels == 2, array.element == year.element
        else { throw ReaderError(.damaged, "changed while it was being read", path: year.source.path) }
        open = (index, array)
        return array
    }

    private func memory(_ index: Int, _ array: FrameArray) throws(ReaderError) -> ScratchMemory {
        if let held, held.year == index { return held.memory }
        let count = try CheckedSize.product(
            [array.frames, array.frameByteCount], of: "the flows", path: years[index].source.path)
        let memory = try ScratchMemory(byteCount: count, folder: resources.scratch)
        try array.frames(
            0..<array.frames, sample: 0, into: UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count]))
        held = (index, memory)
        return memory
    }
}

/// Counts values below zero.
enum NegativeValues {
    static func count(in bytes: UnsafeRawBufferPointer, _ element: ElementType) -> Int {
        switch element {
        case .float64: count(bytes.bindMemory(to: Double.self))
        case .float32: count(bytes.bindMemory(to: Float.self))
        case .int8: count(bytes.bindMemory(to: Int8.self))
        case .int16: count(bytes.bindMemory(to: Int16.self))
        case .int32: count(bytes.bindMemory(to: Int32.self))
        case .int64: count(bytes.bindMemory(to: Int64.self))
        case .uint8, .uint16, .uint32, .uint64: 0
        }
    }

    private static func count<Number: Comparable & Numeric>(_ values: UnsafeBufferPointer<Number>) -> Int {
        var count = 0
        for value in values where value < 0 { count += 1 }
        return count
    }
}
