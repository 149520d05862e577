/// A set of the eight places around a patch, a bit each: row by row from the top left, the centre left out. Ascending bits are
/// ascending patch numbers.
///
///     0 1 2
///     3 · 4
///     5 6 7
package struct Neighbours: Hashable, Sendable, Sequence {
    package var rawValue: UInt8 = 0

    package init() {}

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The places inside the grid: 8, or 5 at an edge and 3 in a corner (METHOD.md 3.4).
    init(around patch: Int, gridRows: Int, gridColumns: Int) {
        let (row, column) = (patch / gridColumns, patch % gridColumns)
        for place in 0..<8 {
            let (down, right) = Self.offset(place)
            if (0..<gridRows).contains(row + down), (0..<gridColumns).contains(column + right) { insert(place) }
        }
    }

    /// Rows down and columns to the right from the centre.
    package static func offset(_ place: Int) -> (row: Int, column: Int) {
        let cell = place < 4 ? place : place + 1
        return (cell / 3 - 1, cell % 3 - 1)
    }

    package var count: Int { rawValue.nonzeroBitCount }
    package var isEmpty: Bool { rawValue == 0 }

    package mutating func insert(_ place: Int) { rawValue |= 1 << UInt8(place) }

    package struct Iterator: IteratorProtocol {
        var bits: UInt8

        package mutating func next() -> Int? {
            guard bits != 0 else { return nil }
            defer { bits &= bits &- 1 }
            return bits.trailingZeroBitCount
        }
    }

    package func makeIterator() -> Iterator { Iterator(bits: rawValue) }

    /// The place number `index` of the set, counted upwards.
    func place(_ index: Int) -> Int {
        var bits = rawValue
        for _ in 0..<index { bits &= bits &- 1 }
        return bits.trailingZeroBitCount
    }
}
