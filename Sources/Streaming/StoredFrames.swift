internal import CStream
package import DataBank
package import SpaceTime

/// The frames of one field of a data set as they are stored: where they lie, and copies of them.
package struct StoredFrames: Sendable {
    package let field: Field
    private let pieces: PieceTable
    /// By position in `Record.payload`; nil for files of other fields.
    private let files: [StreamedFile?]

    /// - Throws: `.damaged` naming a file or table that is not what the record says.
    package init(_ dataset: Dataset, field: Int) throws(BankError) {
        try self.init(dataset, field: field, pieces: PieceTable(dataset, field: field))
    }

    init(_ dataset: Dataset, field number: Int, pieces: PieceTable) throws(BankError) {
        field = dataset.identity.fields[number]
        self.pieces = pieces
        var files: [StreamedFile?] = []
        for (place, file) in dataset.record.payload.enumerated() {
            files.append(file.field == number ? try StreamedFile(dataset, place) : nil)
        }
        self.files = files
    }

    /// Frames that are there of a sequence.
    package func count(ofSequence sequence: Int) -> Int { pieces.frames(ofSequence: sequence) }

    /// Calls `body` with file, its number, first frame in the file and count for each run that some frames of a sequence make up.
    func runs(
        ofSequence sequence: Int, _ frames: Range<Int>,
        _ body: (StreamedFile, Int, Int, Int) throws(BankError) -> Void
    ) throws(BankError) {
        try pieces.places(ofSequence: sequence, frames) { number, position, count throws(BankError) in
            guard let file = files[number] else { preconditionFailure("pieces name files of their field only") }
            try file.check()
            try body(file, number, position, count)
        }
    }

    /// Asks the system to read frames ahead.
    func willNeed(sequence: Int, frames: Range<Int>) throws(BankError) {
        let size = field.frameByteCount
        try runs(ofSequence: sequence, frames) { file, _, position, count throws(BankError) in
            switch file.file.packing {
            case .contiguous:
                let begin = file.file.offset + position * size
                file.willNeed(begin..<(begin + count * size))
            case .archive:
                let (perChunk, places) = (max(1, file.file.chunkFrames ?? 1), file.file.chunks ?? [])
                for chunk in (position / perChunk)...((position + count - 1) / perChunk)
                where places.indices.contains(2 * chunk + 1) {
                    file.willNeed(places[2 * chunk]..<(places[2 * chunk] + places[2 * chunk + 1]))
                }
            }
        }
    }

    /// Copies frames out, one behind the other (frame, channel, row, column).
    package func copy(
        sequence: Int, frames: Range<Int>, into room: UnsafeMutableRawPointer, _ scratch: FillScratch
    ) throws(BankError) {
        var target = room
        let size = field.frameByteCount
        try runs(ofSequence: sequence, frames) { file, number, position, count throws(BankError) in
            switch file.file.packing {
            case .contiguous:
                try file.copy(file.file.offset + position * size, count * size, into: target)
                target += count * size
            case .archive:
                let perChunk = max(1, file.file.chunkFrames ?? 1)
                var frame = position
                while frame < position + count {
                    let chunk = frame / perChunk
                    let part = min((chunk + 1) * perChunk, position + count) - frame
                    let bytes = try scratch.chunk(
                        chunk, of: file, number: number, framesPerChunk: perChunk, field: field)
                    target.copyMemory(from: bytes + (frame - chunk * perChunk) * size, byteCount: part * size)
                    target += part * size
                    frame += part
                }
            }
        }
    }
}
