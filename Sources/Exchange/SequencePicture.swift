package import DataBank
internal import SpaceTime

/// A sequence as pictures for the eye: north up, colours over the range of the training split.
///
/// A field of three 8-bit channels is shown as it is; of other fields the first channel is coloured by value, luma in grays.
package struct SequencePicture {
    private let field: Field
    private let least: Double
    private let largest: Double
    private let scaleUp: Int
    /// RGB of each frame: row, column, colour.
    package private(set) var pictures: [[UInt8]] = []

    /// - Parameter sequence: the first where nil.
    package init(_ dataset: Dataset, sequence: String?, field name: String?, frames limit: Int) throws {
        let names = dataset.identity.fields.map(\.name)
        guard let number = name.map({ names.firstIndex(of: $0) }) ?? 0 else {
            throw BankError(.usage, "there is no field `\(name ?? "")`; there are \(names.joined(separator: ", "))")
        }
        let rows = try dataset.sequences()
        guard let row = sequence.map({ id in rows.firstIndex { $0.id == id } }) ?? 0 else {
            throw BankError(.usage, "there is no sequence `\(sequence ?? "")`; `stbank show ID --sequences` lists them")
        }
        field = dataset.identity.fields[number]
        scaleUp = max(1, 128 / max(field.rows, field.columns))
        let channel = dataset.record.statistics[number]?.channels.first
        least = channel?.least ?? 0
        largest = max(channel?.largest ?? 255, least + 1e-9)
        for piece in try dataset.pieces() where piece.sequence == row && piece.field == number {
            let count = min(piece.frames, limit - pictures.count)
            guard count > 0 else { break }
            var drawn: [[UInt8]] = []
            try PieceReader(dataset, file: piece.file).read(piece, frames: 0..<count) { bytes in
                drawn += (0..<(bytes.count / field.frameByteCount)).map { frame in
                    let begin = frame * field.frameByteCount
                    return draw(UnsafeRawBufferPointer(rebasing: bytes[begin..<(begin + field.frameByteCount)]))
                }
            }
            pictures += drawn
        }
    }

    /// Rows and columns of the stored frame.
    var size: (rows: Int, columns: Int) { (field.rows, field.columns) }

    /// The stored row and column under a pixel.
    func cell(_ row: Int, _ column: Int) -> (row: Int, column: Int) {
        (field.rowOrder == .southFirst ? field.rows - 1 - row / scaleUp : row / scaleUp, column / scaleUp)
    }

    package var width: Int { field.columns * scaleUp }
    package var height: Int { field.rows * scaleUp }

    /// At most twelve frames, evenly chosen, side by side.
    package var strip: (width: Int, height: Int, picture: [UInt8]) {
        let count = min(12, pictures.count)
        let chosen = (0..<count).map { pictures[count == 1 ? 0 : $0 * (pictures.count - 1) / (count - 1)] }
        var picture: [UInt8] = []
        for row in 0..<height {
            for frame in chosen { picture += frame[(row * width * 3)..<((row + 1) * width * 3)] }
        }
        return (width * count, height, picture)
    }

    private func draw(_ frame: UnsafeRawBufferPointer) -> [UInt8] {
        var picture: [UInt8] = []
        picture.reserveCapacity(width * height * 3)
        for row in 0..<height {
            let stored = cell(row, 0).row
            for column in 0..<width {
                picture += colour(frame, stored * field.columns + column / scaleUp)
            }
        }
        return picture
    }

    private func colour(_ frame: UnsafeRawBufferPointer, _ cell: Int) -> [UInt8] {
        let plane = field.rows * field.columns
        if field.channels == 3, field.element == .uint8 {
            return [frame[cell], frame[plane + cell], frame[2 * plane + cell]]
        }
        guard let value = field.value(in: frame, at: cell) else { return ColourMap.missing }
        let share = (value - least) / (largest - least)
        guard field.rowOrder == .topFirst, field.channels == 1 else { return ColourMap.colour(share) }
        return [UInt8](repeating: UInt8((min(max(share, 0), 1) * 255).rounded()), count: 3)
    }
}

extension Field {
    /// A stored value; nil where it is missing.
    func value(in frame: UnsafeRawBufferPointer, at index: Int) -> Double? {
        let value: Double =
            switch element {
            case .int8: Double(frame.loadUnaligned(fromByteOffset: index, as: Int8.self))
            case .uint8: Double(frame[index])
            case .int16: Double(frame.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))
            case .uint16: Double(frame.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self))
            case .int32: Double(frame.loadUnaligned(fromByteOffset: index * 4, as: Int32.self))
            case .uint32: Double(frame.loadUnaligned(fromByteOffset: index * 4, as: UInt32.self))
            case .int64: Double(frame.loadUnaligned(fromByteOffset: index * 8, as: Int64.self))
            case .uint64: Double(frame.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            case .float32: Double(frame.loadUnaligned(fromByteOffset: index * 4, as: Float.self))
            case .float64: frame.loadUnaligned(fromByteOffset: index * 8, as: Double.self)
            }
        return value.isFinite && !missing.contains { $0.number == value } ? value : nil
    }
}
