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
        let own = frames ?? 0..<piece.frames
        let inFile = (piece.position + own.lowerBound)..<(piece.position + own.upperBound)
        switch file.packing {
        case .contiguous: try readRun(inFile, body)
        case .archive: try readChunks(inFile, body)
        }
    }

    private func readRun(_ frames: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let step = max(1, (8 << 20) / field.frameByteCount)
        for begin in stride(from: frames.lowerBound, to: frames.upperBound, by: step) {
            let count = min(step, frames.upperBound - begin)
            let offset = file.offset + begin * field.frameByteCount
            try body(try bytes(at: offset, count: count * field.frameByteCount))
        }
    }

    private func readChunks(_ frames: Range<Int>, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        let (perChunk, places) = (max(1, file.chunkFrames ?? 1), file.chunks ?? [])
        var frame = frames.lowerBound
        while frame < frames.upperBound {
            let chunk = frame / perChunk
            guard places.indices.contains(2 * chunk + 1) else {
                throw BankError(.damaged, "frame \(frame) is in no chunk; the record lies", path: map.path)
            }
            let packed = try bytes(at: places[2 * chunk], count: places[2 * chunk + 1])
            let size = perChunk * field.frameByteCount
            guard let unpacked = ArchivePacking.unpack(packed, byteCount: size, elementSize: field.element.byteCount)
            else {
                throw BankError(
                    .damaged, "the chunk of frame \(frame) cannot be unpacked; run `stbank verify`", path: map.path)
            }
            let end = min(frames.upperBound, (chunk + 1) * perChunk)
            let begin = (frame - chunk * perChunk) * field.frameByteCount
            try unpacked.withUnsafeBytes {
                try body(UnsafeRawBufferPointer(rebasing: $0[begin..<(begin + (end - frame) * field.frameByteCount)]))
            }
            frame = end
        }
    }

    private func bytes(at offset: Int, count: Int) throws(BankError) -> UnsafeRawBufferPointer {
        let (end, overflow) = offset.addingReportingOverflow(count)
        guard offset >= 0, count >= 0, !overflow, end <= map.bytes.count else {
            throw BankError(.damaged, "frames lie beyond the file's end; the record lies", path: map.path)
        }
        return UnsafeRawBufferPointer(rebasing: map.bytes[offset..<end])
    }

    func xxh3(of piece: Piece) throws -> String {
        let hash = XXH3()
        try read(piece) { hash.update($0) }
        return hash.text()
    }
}
