package import DataBank
internal import SpaceTime

/// A sequence as pictures for the eye.
package struct SequencePicture {
    let painter: FramePainter
    /// RGB of each frame: row, column, colour.
    private(set) var pictures: [[UInt8]] = []

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
        let field = dataset.identity.fields[number]
        painter = FramePainter(field, dataset.record.statistics[number])
        for piece in try dataset.pieces() where piece.sequence == row && piece.field == number {
            let count = min(piece.frames, limit - pictures.count)
            guard count > 0 else { break }
            var drawn: [[UInt8]] = []
            try PieceReader(dataset, file: piece.file).read(piece, frames: 0..<count) { bytes in
                let size = field.frameByteCount
                drawn += stride(from: 0, to: bytes.count, by: size).map {
                    painter.paint(UnsafeRawBufferPointer(rebasing: bytes[$0..<($0 + size)]))
                }
            }
            pictures += drawn
        }
    }

    package var film: Film {
        Film(panelWidth: painter.width, height: painter.height, frames: pictures.map { [$0] })
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
