/// Square patches over a field of rows and columns, numbered row by row from the top left (METHOD.md 1.2).
///
/// Where a side is no multiple of the patch's, the last row and column are repeated until it is; what lies beyond the field is
/// cropped when a patch is put back.
package struct PatchGrid: Hashable, Sendable {
    /// Of the field, H and W.
    package let fieldRows: Int
    package let fieldColumns: Int
    /// Of a patch, p, in pixels.
    package let side: Int
    /// Patches from top to bottom.
    package let rows: Int
    /// Patches from left to right.
    package let columns: Int
    /// For each patch, which of the eight places around it hold a patch.
    package let neighbours: [Neighbours]
    /// For each of the eight places, how much its patch's number is larger.
    private let steps: [Int]

    /// L.
    package var count: Int { rows * columns }

    /// - Parameter side: nil for the default, about 8 patches along the shorter side.
    /// - Throws: `.usage` where a side is not positive or the field is a single patch, which leaves nothing to mix from.
    package init(fieldRows: Int, fieldColumns: Int, side: Int? = nil) throws(AugmentationError) {
        let side = side ?? Self.defaultSide(fieldRows: fieldRows, fieldColumns: fieldColumns)
        guard fieldRows > 0, fieldColumns > 0, side > 0 else {
            throw AugmentationError(
                .usage, "patches of \(side) on a field of \(fieldRows)x\(fieldColumns): sides must be positive")
        }
        self.fieldRows = fieldRows
        self.fieldColumns = fieldColumns
        self.side = side
        rows = (fieldRows - 1) / side + 1
        columns = (fieldColumns - 1) / side + 1
        guard rows * columns > 1 else {
            throw AugmentationError(
                .usage,
                "a field of \(fieldRows)x\(fieldColumns) is a single patch of side \(side), so nothing can be mixed; "
                    + "choose a smaller patch side")
        }
        let (gridRows, gridColumns) = (rows, columns)
        steps = (0..<8).map {
            let (down, right) = Neighbours.offset($0)
            return down * gridColumns + right
        }
        neighbours = (0..<(rows * columns)).map {
            Neighbours(around: $0, gridRows: gridRows, gridColumns: gridColumns)
        }
    }

    /// 4 · max(1, round(min(H, W) / 32)), halves up: 4, 8, 16 at 32, 64, 128.
    package static func defaultSide(fieldRows: Int, fieldColumns: Int) -> Int {
        4 * max(1, (min(fieldRows, fieldColumns) + 16) / 32)
    }

    /// The patch at one of the eight places around another.
    package func patch(_ place: Int, around patch: Int) -> Int { patch + steps[place] }

    /// The patches of a set of neighbours, ascending.
    package func patches(_ places: Neighbours, around patch: Int) -> [Int] {
        places.map { self.patch($0, around: patch) }
    }
}
