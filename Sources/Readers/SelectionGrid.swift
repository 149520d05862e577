internal import SpaceTime

/// Turns a frame of one field into its crop, resized: bilinear at sample points, as OpenCV's INTER_LINEAR takes them.
///
/// The centre of target cell i lies at (i + 0.5) * source / target - 0.5 of the source, clamped to the outermost centres.
/// There is no smoothing when shrinking. Integers are rounded half to even. A target cell with a missing contributor is that
/// missing value; where rounding would hit a missing value by chance, the nearest contributor is taken.
struct SelectionGrid: Hashable, Sendable {
    /// Two neighbouring source positions and the share of the second.
    struct Tap: Hashable, Sendable {
        var first: Int
        var second: Int
        var share: Double
    }

    let source: Field
    let target: Field
    private let rows: [Tap]
    private let columns: [Tap]

    /// - Parameters:
    ///   - box: the part of the source's grid that is kept; inside the grid.
    ///   - size: rows and columns of the target; nil: those of the box.
    init(_ source: Field, box: (row: Int, column: Int, rows: Int, columns: Int)?, size: (rows: Int, columns: Int)?) {
        self.source = source
        let box = box ?? (0, 0, source.rows, source.columns)
        let size = size ?? (box.rows, box.columns)
        rows = SelectionGrid.taps(from: box.rows, to: size.rows, behind: box.row)
        columns = SelectionGrid.taps(from: box.columns, to: size.columns, behind: box.column)
        var target = source
        target.rows = size.rows
        target.columns = size.columns
        if (box.rows, box.columns) != (source.rows, source.columns) {
            target.attributes["cropped_to"] = .text("\(box.row):\(box.column):\(box.rows)x\(box.columns)")
        }
        if size != (box.rows, box.columns) {
            target.attributes["resized_from"] = .text("\(box.rows)x\(box.columns)")
        }
        if target != source { target.attributes["source_grid"] = .text("\(source.rows)x\(source.columns)") }
        self.target = target
    }

    var isIdentity: Bool { target == source }

    static func taps(from source: Int, to target: Int, behind start: Int) -> [Tap] {
        (0..<target).map { index in
            // The product is exact, so that only the division rounds.
            let centre = (Double(index) + 0.5) * Double(source) / Double(target)
            let place = min(max(centre - 0.5, 0), Double(source - 1))
            let first = Int(place)
            let share = place - Double(first)
            return Tap(first: start + first, second: start + min(first + 1, source - 1), share: share)
        }
    }

    /// - Parameters:
    ///   - frame: one frame of the source field.
    ///   - result: one frame of the target field.
    func transform(_ frame: UnsafeRawBufferPointer, into result: UnsafeMutableRawBufferPointer) {
        switch source.element {
        case .int8: integers(Int8.self, frame, result)
        case .uint8: integers(UInt8.self, frame, result)
        case .int16: integers(Int16.self, frame, result)
        case .uint16: integers(UInt16.self, frame, result)
        case .int32: integers(Int32.self, frame, result)
        case .uint32: integers(UInt32.self, frame, result)
        case .int64: integers(Int64.self, frame, result)
        case .uint64: integers(UInt64.self, frame, result)
        case .float32: reals(Float.self, frame, result)
        case .float64: reals(Double.self, frame, result)
        }
    }

    private func integers<Element: FixedWidthInteger & BitwiseCopyable>(
        _ type: Element.Type, _ frame: UnsafeRawBufferPointer, _ result: UnsafeMutableRawBufferPointer
    ) {
        let missing = source.missing.compactMap { SelectionGrid.integer($0, as: type) }
        map(frame, result, { missing.contains($0) }, { Double($0) }) { value, nearest in
            // Beyond 2^53 a double may round up past the type's range.
            let rounded = Element(exactly: value.rounded(.toNearestOrEven)) ?? nearest
            return missing.contains(rounded) ? nearest : rounded
        }
    }

    private func reals<Element: BinaryFloatingPoint & BitwiseCopyable>(
        _ type: Element.Type, _ frame: UnsafeRawBufferPointer, _ result: UnsafeMutableRawBufferPointer
    ) {
        let missing = source.missing.compactMap { $0.number.map { Element($0) } }
        map(frame, result, { $0.isNaN || missing.contains($0) }, { Double($0) }) { value, nearest in
            let rounded = Element(value)
            return missing.contains(rounded) ? nearest : rounded
        }
    }

    private static func integer<Element: FixedWidthInteger>(_ scalar: Scalar, as type: Element.Type) -> Element? {
        switch scalar {
        case .integer(let value): Element(exactly: value)
        case .real(let value): Element(exactly: value)
        case .text: nil
        }
    }
}

extension SelectionGrid {
    /// Goes through the target cells; `finish` makes a number of the type from the exact value and the nearest contributor.
    ///
    /// Inlined so that the closures cost nothing.
    @inline(__always)
    private func map<Element: BitwiseCopyable>(
        _ frame: UnsafeRawBufferPointer, _ result: UnsafeMutableRawBufferPointer,
        _ isMissing: (Element) -> Bool, _ number: (Element) -> Double, _ finish: (Double, Element) -> Element
    ) {
        let size = MemoryLayout<Element>.size
        var place = 0
        for channel in 0..<source.channels {
            let base = channel * source.rows * source.columns
            for row in rows {
                let lines = (base + row.first * source.columns, base + row.second * source.columns)
                for column in columns {
                    let cell = Corners(
                        frame.loadUnaligned(fromByteOffset: (lines.0 + column.first) * size, as: Element.self),
                        frame.loadUnaligned(fromByteOffset: (lines.0 + column.second) * size, as: Element.self),
                        frame.loadUnaligned(fromByteOffset: (lines.1 + column.first) * size, as: Element.self),
                        frame.loadUnaligned(fromByteOffset: (lines.1 + column.second) * size, as: Element.self))
                    let value = cell.blend(row.share, column.share, isMissing, number, finish)
                    result.storeBytes(of: value, toByteOffset: place, as: Element.self)
                    place += size
                }
            }
        }
    }

    /// The four contributors of a target cell.
    private struct Corners<Element: BitwiseCopyable> {
        let topLeft, topRight, bottomLeft, bottomRight: Element

        init(_ topLeft: Element, _ topRight: Element, _ bottomLeft: Element, _ bottomRight: Element) {
            self.topLeft = topLeft
            self.topRight = topRight
            self.bottomLeft = bottomLeft
            self.bottomRight = bottomRight
        }

        /// First along the row, then down; contributors of no weight are not looked at.
        @inline(__always)
        func blend(
            _ down: Double, _ right: Double, _ isMissing: (Element) -> Bool, _ number: (Element) -> Double,
            _ finish: (Double, Element) -> Element
        ) -> Element {
            if isMissing(topLeft) || (down == 0 && right == 0) { return topLeft }
            if right > 0, isMissing(topRight) { return topRight }
            if down > 0, isMissing(bottomLeft) { return bottomLeft }
            if right > 0, down > 0, isMissing(bottomRight) { return bottomRight }
            let top = mix(number(topLeft), right > 0 ? number(topRight) : 0, right)
            let bottom = down > 0 ? mix(number(bottomLeft), right > 0 ? number(bottomRight) : 0, right) : 0
            let nearest = down <= 0.5 ? (right <= 0.5 ? topLeft : topRight) : (right <= 0.5 ? bottomLeft : bottomRight)
            return finish(mix(top, bottom, down), nearest)
        }

        private func mix(_ first: Double, _ second: Double, _ share: Double) -> Double {
            share == 0 ? first : first * (1 - share) + second * share
        }
    }
}
