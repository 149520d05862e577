internal import DataBank
internal import SpaceTime

/// Where the frames of one field lie, by sequence; read in one pass over the bytes of `pieces.jsonl`.
struct PieceTable: Sendable {
    struct Entry: Sendable {
        /// The piece's first frame in the sequence.
        var offset = 0
        var frames = 0
        /// Position in `Record.payload`.
        var file = 0
        /// The piece's first frame in the file.
        var position = 0
    }

    private var entries: [Entry] = []
    /// By sequence: its first entry; one more at the end.
    private var starts: [Int32]

    /// - Throws: `.damaged` where a piece lies outside its file or pieces do not follow one another.
    init(_ dataset: Dataset, field: Int) throws(BankError) {
        starts = [Int32](repeating: 0, count: dataset.identity.sequences.count + 1)
        let file = try dataset.pieceLines()
        var scanner = JSONScanner(file.bytes)
        var number = 0
        var previous = -1
        while !scanner.isAtEnd() {
            number += 1
            guard let (entry, own, sequence) = try? PieceTable.entry(&scanner) else {
                throw BankError(.damaged, "line \(number) is damaged", path: file.path)
            }
            guard own == field else { continue }
            guard isInside(entry, sequence, dataset, field), sequence >= previous, follows(entry, sequence == previous)
            else {
                throw BankError(.damaged, "line \(number): the piece lies outside its file or place", path: file.path)
            }
            close(through: sequence, after: previous)
            entries.append(entry)
            previous = sequence
        }
        close(through: starts.count - 1, after: previous)
    }

    /// The sequences up to `sequence` begin with the next entry.
    private mutating func close(through sequence: Int, after previous: Int) {
        guard sequence > previous else { return }
        for place in (previous + 1)...sequence { starts[place] = Int32(entries.count) }
    }

    private func follows(_ entry: Entry, _ isSameSequence: Bool) -> Bool {
        guard isSameSequence, let last = entries.last else { return entry.offset == 0 }
        return entry.offset == last.offset + last.frames
    }

    private func isInside(_ entry: Entry, _ sequence: Int, _ dataset: Dataset, _ field: Int) -> Bool {
        guard dataset.record.payload.indices.contains(entry.file), (0..<(starts.count - 1)).contains(sequence) else {
            return false
        }
        let file = dataset.record.payload[entry.file]
        return file.field == field && entry.frames > 0 && entry.offset >= 0 && entry.offset <= Int(Int32.max)
            && entry.position >= 0 && entry.frames <= file.frames && entry.position <= file.frames - entry.frames
    }

    private static func entry(_ scanner: inout JSONScanner) throws -> (Entry, field: Int, sequence: Int) {
        var entry = Entry()
        var (field, sequence) = (-1, -1)
        try scanner.readObject { key, scanner in
            switch key {
            case "field": field = try scanner.readInteger()
            case "sequence": sequence = try scanner.readInteger()
            case "offset": entry.offset = try scanner.readInteger()
            case "frames": entry.frames = try scanner.readInteger()
            case "file": entry.file = try scanner.readInteger()
            case "position": entry.position = try scanner.readInteger()
            default: try scanner.skip()
            }
        }
        return (entry, field, sequence)
    }

    /// Frames that are there of a sequence.
    func frames(ofSequence sequence: Int) -> Int {
        let own = range(of: sequence)
        return own.isEmpty ? 0 : entries[own.upperBound - 1].offset + entries[own.upperBound - 1].frames
    }

    /// Calls `body` with file, first frame in the file and count for each piece that some frames of a sequence lie in.
    func places(
        ofSequence sequence: Int, _ frames: Range<Int>, _ body: (Int, Int, Int) throws(BankError) -> Void
    ) throws(BankError) {
        for entry in entries[range(of: sequence)] {
            let own = frames.clamped(to: entry.offset..<(entry.offset + entry.frames))
            if !own.isEmpty { try body(entry.file, entry.position + own.lowerBound - entry.offset, own.count) }
        }
    }

    private func range(of sequence: Int) -> Range<Int> { Int(starts[sequence])..<Int(starts[sequence + 1]) }
}
