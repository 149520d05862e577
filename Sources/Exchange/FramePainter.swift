internal import DataBank
internal import SpaceTime

/// Paints frames of a field: north up, colours over the range of the training split.
///
/// A field of three 8-bit channels is shown as it is; of other fields the first channel is coloured by value, luma in grays.
struct FramePainter {
    let field: Field
    private let least: Double
    private let largest: Double
    private let scaleUp: Int

    /// - Parameter statistics: of the training split.
    init(_ field: Field, _ statistics: FieldStatistics?) {
        self.field = field
        scaleUp = max(1, 128 / max(field.rows, field.columns))
        let channel = statistics?.channels.first
        least = channel?.least ?? 0
        largest = max(channel?.largest ?? 255, least + 1e-9)
    }

    /// - Parameter range: in the units of the numbers that are painted.
    init(_ field: Field, range: ClosedRange<Double>) {
        self.field = field
        scaleUp = max(1, 128 / max(field.rows, field.columns))
        least = range.lowerBound
        largest = max(range.upperBound, least + 1e-9)
    }

    var width: Int { field.columns * scaleUp }
    var height: Int { field.rows * scaleUp }

    /// The stored row and column under a pixel.
    func cell(_ row: Int, _ column: Int) -> (row: Int, column: Int) {
        (field.rowOrder == .southFirst ? field.rows - 1 - row / scaleUp : row / scaleUp, column / scaleUp)
    }

    /// RGB of a stored frame: row, column, colour.
    func paint(_ frame: UnsafeRawBufferPointer) -> [UInt8] { paint { colour(frame, $0) } }

    /// RGB of numbers: channel, row, column; NaN where missing.
    func paint(_ values: [Double]) -> [UInt8] {
        let plane = field.rows * field.columns
        return paint { place in
            if field.channels == 3, field.element == .uint8 {
                return (0..<3).map { FramePainter.gray(values[$0 * plane + place] / 255) }
            }
            return colour(values[place])
        }
    }

    /// What a frame is more than another one (orange) and less (blue); black where they are the same.
    ///
    /// - Parameter range: the difference that is fully lit.
    func paint(_ frame: UnsafeRawBufferPointer, minus other: UnsafeRawBufferPointer, range: Double) -> [UInt8] {
        paint { place in
            let difference = difference(frame, other, place)
            let light = range > 0 ? min(1, abs(difference) / range) : 0
            let full: [Double] = difference > 0 ? [255, 150, 40] : [70, 140, 255]
            return full.map { UInt8(($0 * light).rounded()) }
        }
    }

    /// The largest difference between two frames.
    func largestDifference(_ frame: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer) -> Double {
        (0..<(field.rows * field.columns)).reduce(0) { max($0, abs(difference(frame, other, $1))) }
    }

    /// Of the first channel; 0 where a value is missing.
    private func difference(
        _ frame: UnsafeRawBufferPointer, _ other: UnsafeRawBufferPointer, _ place: Int
    ) -> Double {
        guard let one = field.value(in: frame, at: place), let two = field.value(in: other, at: place) else { return 0 }
        return one - two
    }

    /// - Parameter colour: of a place in the stored plane.
    private func paint(_ colour: (Int) -> [UInt8]) -> [UInt8] {
        var picture: [UInt8] = []
        picture.reserveCapacity(width * height * 3)
        for row in 0..<height {
            for column in 0..<width {
                let cell = cell(row, column)
                picture += colour(cell.row * field.columns + cell.column)
            }
        }
        return picture
    }

    private func colour(_ frame: UnsafeRawBufferPointer, _ place: Int) -> [UInt8] {
        let plane = field.rows * field.columns
        if field.channels == 3, field.element == .uint8 {
            return [frame[place], frame[plane + place], frame[2 * plane + place]]
        }
        return colour(field.value(in: frame, at: place) ?? .nan)
    }

    private func colour(_ value: Double) -> [UInt8] {
        guard !value.isNaN else { return ColourMap.missing }
        let share = (value - least) / (largest - least)
        guard field.rowOrder == .topFirst, field.channels == 1 else { return ColourMap.colour(share) }
        return [UInt8](repeating: FramePainter.gray(share), count: 3)
    }

    /// The light of a share of the range; middling where there is none.
    private static func gray(_ share: Double) -> UInt8 {
        share.isNaN ? 128 : UInt8((min(max(share, 0), 1) * 255).rounded())
    }
}
