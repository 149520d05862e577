internal import DataBank
internal import SpaceTime

/// All elements of one field of a data set, in stored order, whatever files they lie in.
struct StoredElements {
    let field: Field
    /// Frames, maps or patches.
    let count: Int
    private let dataset: Dataset
    private let pieces: [Piece]

    var byteCount: Int { count * field.frameByteCount }

    init(_ dataset: Dataset, field number: Int) throws {
        self.dataset = dataset
        field = dataset.identity.fields[number]
        pieces = try dataset.pieces().filter { $0.field == number }
        count = try dataset.sequences().reduce(0) { $0 + $1.frames }
    }

    /// Calls `body` with the bytes, in steps of a few MiB.
    func read(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        var open: (file: Int, reader: PieceReader)?
        for piece in pieces {
            if open?.file != piece.file { open = (piece.file, try PieceReader(dataset, file: piece.file)) }
            try open?.reader.read(piece, body)
        }
    }

    /// Adds them to an archive.
    ///
    /// - Parameter progress: is told the bytes of each step.
    func write(_ name: String, to archive: NPZWriter, progress: (Int) throws -> Void) throws {
        try archive.add(
            name, descr: field.element.descr, shape: [count, field.channels, field.rows, field.columns],
            byteCount: byteCount
        ) { put in
            try read { part in
                try put(part)
                try progress(part.count)
            }
        }
    }
}
