package import SpaceTime

/// The decoded frames of a payload file's pieces.
package struct PieceReader {
    private let map: MappedFile
    private let file: Record.PayloadFile
    private let field: Field

    package init(_ map: MappedFile, _ file: Record.PayloadFile, _ field: Field) {
        self.map = map
        self.file = file
        self.field = field
    }

    /// Opens a data set's payload file.
    package init(_ dataset: Dataset, file number: Int) throws(BankError) {
        let file = dataset.record.payload[number]
        let path = dataset.path(of: file)
        let map = try MappedFile(path)
        guard map.bytes.count == file.size else {
            throw BankError(
                .damaged, "has \(map.bytes.count) bytes instead of \(file.size); run `stbank verify`", path: path)
        }
        self.init(map, file, dataset.identity.fields[file.field])
    }

    /// Calls `body` with the bytes of some of a piece's frames (frame, channel, row, column), in steps of a few MiB, in order.
    package func read(_ piece: Piece, frames: Range<Int>? = nil, _ body: (UnsafeRawBufferPointer) throws -> Void) throws
    {
        let frames = frames ?? 0..<piece.frames
        let step = max(1, (8 << 20) / field.frameByteCount)
        for begin in stride(from: frames.lowerBound, to: frames.upperBound, by: step) {
            let count = min(step, frames.upperBound - begin)
            let offset = file.offset + (piece.position + begin) * field.frameByteCount
            let end = offset + count * field.frameByteCount
            guard offset >= 0, end <= map.bytes.count else {
                throw BankError(.damaged, "frames lie beyond the file's end; the record lies", path: map.path)
            }
            try body(UnsafeRawBufferPointer(rebasing: map.bytes[offset..<end]))
        }
    }

    func xxh3(of piece: Piece) throws -> String {
        let hash = XXH3()
        try read(piece) { hash.update($0) }
        return hash.text()
    }
}
