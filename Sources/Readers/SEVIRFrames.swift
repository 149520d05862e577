internal import ArrayFiles
internal import SpaceTime

/// The frames of one raster type: an event is a stretch of a file, its frames stored one number apart.
final class SEVIRFrames: FieldFrames {
    /// Where the frames of a sequence lie.
    struct Place {
        var path: String
        var position: Int
        /// The largest code that the catalogue promises; nil where it says nothing.
        var dataMax: Double?
    }

    private let type: SEVIRType
    private let places: [Place]
    private let resources: ReadResources
    private var open: (path: String, array: FrameArray)?
    private var check = CodeCheck()
    private var unlike = 0

    init(_ type: SEVIRType, _ places: [Place], _ resources: ReadResources) {
        self.type = type
        self.places = places
        self.resources = resources
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let place = places[sequence]
        let array = try array(in: place.path)
        guard place.position < array.samples, frames.upperBound <= array.frames,
            buffer.count == frames.count * array.frameByteCount
        else { throw ReaderError(.damaged, "changed while it was being read", path: place.path) }
        try array.frames(frames, sample: place.position, into: buffer)
        guard let dataMax = place.dataMax, array.element == .uint8 else { return }
        if let largest = check.largest(in: buffer, frames, of: sequence, frameCount: array.frames), largest != dataMax {
            unlike += 1
        }
    }

    func takeFindings() -> [(what: String, count: Int)] {
        defer { unlike = 0 }
        return [("events whose largest VIL code is not the catalogue's data_max", unlike)]
    }

    private func array(in path: String) throws(ReaderError) -> FrameArray {
        if let open, open.path == path { return open.array }
        open = nil
        let dataset = try HDF5File(path: path).dataset(type.rawValue)
        let array = try FrameArray(dataset, axes: "NHWT", resources: resources)
        open = (path, array)
        return array
    }

    /// Finds the largest code of an event whose frames come in order.
    private struct CodeCheck {
        private var sequence = -1
        private var next = 0
        private var largest = 0.0

        /// The largest code except 255 once the last frame has come; nil before, or where frames were left out.
        mutating func largest(
            in bytes: UnsafeMutableRawBufferPointer, _ frames: Range<Int>, of sequence: Int, frameCount: Int
        ) -> Double? {
            if frames.lowerBound == 0 { (self.sequence, next, largest) = (sequence, 0, 0) }
            guard self.sequence == sequence, next == frames.lowerBound else { return nil }
            next = frames.upperBound
            // 255, which means missing, becomes 0 by the sum.
            let highest = bytes.reduce(UInt8(0)) { Swift.max($0, $1 &+ 1) }
            largest = max(largest, Double(highest) - 1)
            return next == frameCount ? largest : nil
        }
    }
}

/// The counts of lightning, made event by event from the list of its flashes.
final class SEVIRLightningFrames: FieldFrames {
    struct Place {
        var path: String
        /// The name of the event's list in the file.
        var event: String
    }

    private let places: [Place]
    private var file: HDF5File?
    private var counted: (sequence: Int, lightning: SEVIRLightning)?
    private var unplaced = 0
    private var overflowing = 0

    private static let blockRows = 1 << 16

    init(_ places: [Place]) { self.places = places }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let lightning = try lightning(ofSequence: sequence)
        let size = SEVIRLightning.cellsPerFrame
        lightning.counts[(frames.lowerBound * size)..<(frames.upperBound * size)].withUnsafeBytes {
            buffer.copyMemory(from: $0)
        }
    }

    func takeFindings() -> [(what: String, count: Int)] {
        defer { (unplaced, overflowing) = (0, 0) }
        return [
            ("flashes without a finite time or place, dropped", unplaced),
            ("flashes beyond 65535 in one cell and frame, dropped", overflowing),
        ]
    }

    private func lightning(ofSequence sequence: Int) throws(ReaderError) -> SEVIRLightning {
        if let counted, counted.sequence == sequence { return counted.lightning }
        let lightning = try count(places[sequence])
        counted = (sequence, lightning)
        unplaced += lightning.unplaced
        overflowing += lightning.overflowing
        return lightning
    }

    private func count(_ place: Place) throws(ReaderError) -> SEVIRLightning {
        if file?.path != place.path { file = try HDF5File(path: place.path) }
        guard let dataset = try file?.dataset(place.event) else { return SEVIRLightning() }
        guard dataset.shape.count == 2, dataset.shape[1] == 5, let element = dataset.element, element.isFloatingPoint
        else {
            throw ReaderError(
                .damaged,
                "has shape \(dataset.shape) of \(dataset.element?.rawValue ?? "no numbers"); flashes are rows of "
                    + "five floating-point numbers", path: dataset.place)
        }
        var lightning = SEVIRLightning()
        let rows = dataset.shape[0]
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: max(1, min(rows, Self.blockRows) * 5 * element.byteCount), alignment: 8)
        defer { block.deallocate() }
        for start in stride(from: 0, to: rows, by: Self.blockRows) {
            let range = start..<min(start + Self.blockRows, rows)
            let part = UnsafeMutableRawBufferPointer(rebasing: block[..<(range.count * 5 * element.byteCount)])
            try dataset.read([range, 0..<5], into: part)
            switch element {
            case .float64: lightning.add(UnsafeBufferPointer(part.bindMemory(to: Double.self)))
            default: lightning.add(UnsafeBufferPointer(part.bindMemory(to: Float.self)))
            }
        }
        return lightning
    }
}
