internal import CStream
internal import DataBank
internal import SpaceTime

/// The frames of one field of a data set, on their way from maps to float32.
struct FieldFrames: Sendable {
    let layout: ValueLayout
    let stored: StoredFrames

    init(_ stored: StoredFrames, layout: ValueLayout) {
        self.layout = layout
        self.stored = stored
    }

    /// Converts a range of a sequence's frames.
    ///
    /// - Parameters:
    ///   - place: of the crop.
    ///   - readsAhead: ask the system for all of it first: where it may not be in memory yet.
    func convert(
        sequence: Int, frames: Range<Int>, place: (row: Int, column: Int), into target: Target, _ scratch: FillScratch,
        readsAhead: Bool
    ) throws(BankError) {
        var layout = layout.at(row: place.row, column: place.column)
        var target = target
        try stored.runs(ofSequence: sequence, frames) { file, number, position, count throws(BankError) in
            switch file.file.packing {
            case .contiguous:
                try convertRun(file, position, count, &layout, &target, readsAhead)
            case .archive:
                try convertChunks(file, number, position, count, &layout, &target, scratch)
            }
        }
    }

    /// Where the next frames go.
    struct Target {
        var values: UnsafeMutablePointer<Float>
        var mask: UnsafeMutablePointer<UInt8>?

        mutating func advance(by elements: Int) {
            values += elements
            mask = mask.map { $0 + elements }
        }
    }

    private func convertRun(
        _ file: StreamedFile, _ position: Int, _ count: Int, _ layout: inout cs_layout, _ target: inout Target,
        _ readsAhead: Bool
    ) throws(BankError) {
        let frameBytes = self.layout.field.frameByteCount
        let begin = file.file.offset + position * frameBytes
        if readsAhead { file.willNeed(begin..<(begin + count * frameBytes)) }
        guard let start = file.bytes.baseAddress,
            cs_convert_mapped(&layout, start + begin, count, target.values, target.mask) == 0
        else { throw file.changed() }
        target.advance(by: count * self.layout.elementsPerFrame)
    }

    private func convertChunks(
        _ file: StreamedFile, _ number: Int, _ position: Int, _ count: Int, _ layout: inout cs_layout,
        _ target: inout Target, _ scratch: FillScratch
    ) throws(BankError) {
        let field = self.layout.field
        let perChunk = max(1, file.file.chunkFrames ?? 1)
        var frame = position
        while frame < position + count {
            let chunk = frame / perChunk
            let part = min((chunk + 1) * perChunk, position + count) - frame
            let bytes = try scratch.chunk(chunk, of: file, number: number, framesPerChunk: perChunk, field: field)
            cs_convert(
                &layout, bytes + (frame - chunk * perChunk) * field.frameByteCount, part, target.values, target.mask)
            target.advance(by: part * self.layout.elementsPerFrame)
            frame += part
        }
    }
}
