internal import SpaceTime

/// Makes cells without a sensible amount of rain missing.
struct RYDLCells: Sendable {
    struct Counts: Hashable, Sendable {
        var withoutValue = 0
        var negative = 0
    }

    private let grid: RainNetGrid
    /// Stored values that are missing; in whole numbers with at least one, to write for negative amounts.
    let missing: [Scalar]

    init(_ grid: RainNetGrid) {
        self.grid = grid
        if grid.missing.isEmpty, let range = grid.element.integerRange, range.least < 0 {
            missing = [.integer(range.least)]
        } else {
            missing = grid.missing
        }
    }

    /// Goes through one frame in place.
    func clean(_ frame: UnsafeMutableRawBufferPointer) -> Counts {
        switch grid.element {
        case .int8: integers(Int8.self, frame)
        case .uint8: integers(UInt8.self, frame)
        case .int16: integers(Int16.self, frame)
        case .uint16: integers(UInt16.self, frame)
        case .int32: integers(Int32.self, frame)
        case .uint32: integers(UInt32.self, frame)
        case .int64: integers(Int64.self, frame)
        case .uint64: integers(UInt64.self, frame)
        case .float32: reals(Float.self, frame)
        case .float64: reals(Double.self, frame)
        }
    }

    private func reals<Element: BinaryFloatingPoint & BitwiseCopyable>(
        _ type: Element.Type, _ frame: UnsafeMutableRawBufferPointer
    ) -> Counts {
        let fills = missing.compactMap { $0.number.map { Element($0) } }
        let (scale, offset) = (Element(grid.scale), Element(grid.offset))
        var counts = Counts()
        for place in stride(from: 0, to: frame.count, by: MemoryLayout<Element>.size) {
            let value = frame.loadUnaligned(fromByteOffset: place, as: Element.self)
            // True for nearly all cells, NaN not among them.
            if value * scale + offset >= 0, !fills.contains(value) { continue }
            let isNegative = !value.isNaN && !fills.contains(value)
            if isNegative { counts.negative += 1 } else { counts.withoutValue += 1 }
            frame.storeBytes(of: Element.nan, toByteOffset: place, as: Element.self)
        }
        return counts
    }

    private func integers<Element: FixedWidthInteger & BitwiseCopyable>(
        _ type: Element.Type, _ frame: UnsafeMutableRawBufferPointer
    ) -> Counts {
        let fills = missing.compactMap { scalar -> Element? in
            if case .integer(let value) = scalar { Element(exactly: value) } else { nil }
        }
        var counts = Counts()
        for place in stride(from: 0, to: frame.count, by: MemoryLayout<Element>.size) {
            let value = frame.loadUnaligned(fromByteOffset: place, as: Element.self)
            if fills.contains(value) {
                counts.withoutValue += 1
            } else if Double(value) * grid.scale + grid.offset < 0 {
                counts.negative += 1
                if let fill = fills.first { frame.storeBytes(of: fill, toByteOffset: place, as: Element.self) }
            }
        }
        return counts
    }
}
