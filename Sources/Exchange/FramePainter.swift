package import SpaceTime

/// Frames for the eye: north up, coloured by value over a range; of three 8-bit channels as they are, luma in grays.
package struct FramePainter {
    private let field: Field
    private let range: ClosedRange<Double>
    private let scaleUp: Int

    /// - Parameter range: in the field's own units.
    package init(_ field: Field, range: ClosedRange<Double>) {
        self.field = field
        self.range = range
        scaleUp = max(1, 128 / max(field.rows, field.columns))
    }

    package var width: Int { field.columns * scaleUp }
    package var height: Int { field.rows * scaleUp }

    /// RGB: row, column, colour.
    ///
    /// - Parameter values: channel, row, column, in the field's own units; NaN where missing.
    package func paint(_ values: [Double]) -> [UInt8] {
        var picture: [UInt8] = []
        picture.reserveCapacity(width * height * 3)
        for row in 0..<height {
            let stored = field.rowOrder == .southFirst ? field.rows - 1 - row / scaleUp : row / scaleUp
            for column in 0..<width { picture += colour(values, stored * field.columns + column / scaleUp) }
        }
        return picture
    }

    private func colour(_ values: [Double], _ cell: Int) -> [UInt8] {
        let plane = field.rows * field.columns
        let byte = { (share: Double) in UInt8((min(max(share, 0), 1) * 255).rounded()) }
        if field.channels == 3, field.element == .uint8 {
            return (0..<3).map { values[$0 * plane + cell].isNaN ? 128 : byte(values[$0 * plane + cell] / 255) }
        }
        guard !values[cell].isNaN else { return ColourMap.missing }
        let share = (values[cell] - range.lowerBound) / max(range.upperBound - range.lowerBound, 1e-9)
        guard field.rowOrder == .topFirst, field.channels == 1 else { return ColourMap.colour(share) }
        return [UInt8](repeating: byte(share), count: 3)
    }
}
