package import DataBank
package import SpaceTime

/// The replaced patches of an `environments` data set, found by sequence, window and copy. CopiesOnDisk.md, "Environments".
package struct StoredPatches: Sendable {
    private struct Window {
        var file: Int32
        /// In the file.
        var firstPatch: Int
        /// Of the file's tables.
        var number: Int
    }

    /// Rows and columns are a patch's.
    package let field: Field
    package let copies: Int
    private let files: [StreamedFile]
    private let tables: [Tables]
    /// By sequence of the data set.
    private var windows: [[Window]]

    /// What stands beside the patches of one file.
    private struct Tables {
        var placeOffset: Int
        var placeWidth: Int
        var neighboursOffset: Int
        /// `copy_size`, (window, copy).
        var sizes: [Int32]
    }

    /// - Throws: `.damaged` where tables and pieces do not agree.
    package init(_ dataset: Dataset, copies: Int) throws(BankError) {
        guard dataset.identity.kind == .environments, dataset.identity.fields.count == 1, copies > 0 else {
            throw BankError(.damaged, "is not laid out as an environments data set", path: dataset.folder)
        }
        field = dataset.identity.fields[0]
        self.copies = copies
        let pieces = try dataset.pieces().sorted { ($0.file, $0.position) < ($1.file, $1.position) }
        var (files, tables): ([StreamedFile], [Tables]) = ([], [])
        for number in dataset.record.payload.indices {
            let file = try StreamedFile(dataset, number)
            let own = pieces.reduce(0) { $1.file == number ? $0 + ($1.windows ?? 0) : $0 }
            tables.append(try StoredPatches.tables(of: file, sizes: own * copies))
            files.append(file)
        }
        self.files = files
        self.tables = tables
        windows = [[Window]](repeating: [], count: dataset.identity.sequences.count)
        var next = [Int](repeating: 0, count: files.count)
        for piece in pieces { try add(piece, &next) }
    }

    private static func unsound(_ file: StreamedFile) -> BankError {
        BankError(
            .damaged, "the tables of the patches are not what the record says; run `stbank verify`", path: file.path)
    }

    private static func tables(of file: StreamedFile, sizes count: Int) throws(BankError) -> Tables {
        let frames = file.file.frames
        guard let tables = file.file.tables, tables.map(\.name) == PatchForm.tables, count > 0, frames > 0,
            tables[0].byteCount % frames == 0, tables[1].byteCount == frames, tables[2].byteCount % count == 0
        else { throw unsound(file) }
        let widths = [tables[0].byteCount / frames, tables[2].byteCount / count]
        guard widths.allSatisfy([1, 2, 4].contains) else { throw unsound(file) }
        let sizes = try file.numbers(tables[2].offset, count, width: widths[1])
        guard sizes.allSatisfy({ $0 >= 0 }), sizes.reduce(0, { $0 + Int($1) }) == frames else { throw unsound(file) }
        return Tables(
            placeOffset: tables[0].offset, placeWidth: widths[0], neighboursOffset: tables[1].offset, sizes: sizes)
    }

    private mutating func add(_ piece: Piece, _ next: inout [Int]) throws(BankError) {
        let sizes = tables[piece.file].sizes
        var patch = piece.position
        for _ in 0..<(piece.windows ?? 0) {
            let number = next[piece.file]
            windows[piece.sequence].append(Window(file: Int32(piece.file), firstPatch: patch, number: number))
            patch += sizes[(number * copies)..<((number + 1) * copies)].reduce(0) { $0 + Int($1) }
            next[piece.file] += 1
        }
        guard patch == piece.position + piece.frames else { throw StoredPatches.unsound(files[piece.file]) }
    }

    /// Windows that are there of a sequence.
    package func windowCount(ofSequence sequence: Int) -> Int { windows[sequence].count }

    /// The payload file that holds a window's patches.
    package func path(sequence: Int, window: Int) -> String { files[Int(windows[sequence][window].file)].path }

    /// Patches of one copy.
    package func count(sequence: Int, window: Int, copy: Int) -> Int {
        let own = windows[sequence][window]
        return Int(tables[Int(own.file)].sizes[own.number * copies + copy - 1])
    }

    /// Where one copy's patches belong, frame * L + patch, ascending, and of whom they were mixed.
    ///
    /// - Parameters:
    ///   - window: counted in the sequence.
    ///   - copy: from 1.
    package func places(sequence: Int, window: Int, copy: Int) throws(BankError) -> (
        places: [Int32], neighbours: [UInt8]
    ) {
        let (file, tables, own) = try range(windows[sequence][window], copy)
        let places = try file.numbers(
            tables.placeOffset + own.lowerBound * tables.placeWidth, own.count, width: tables.placeWidth)
        let neighbours = try file.numbers(tables.neighboursOffset + own.lowerBound, own.count, width: 1)
        return (places, neighbours.map { UInt8(truncatingIfNeeded: $0) })
    }

    /// The values of one copy's patches, one behind the other: channel, row, column. Lent until the room is used again.
    package func values(
        sequence: Int, window: Int, copy: Int, _ room: RawRoom
    ) throws(BankError) -> UnsafeRawBufferPointer {
        let (file, _, own) = try range(windows[sequence][window], copy)
        let bytes = room.room(own.count * field.frameByteCount)
        if let start = bytes.baseAddress, !own.isEmpty {
            try file.copy(file.file.offset + own.lowerBound * field.frameByteCount, bytes.count, into: start)
        }
        return UnsafeRawBufferPointer(bytes)
    }

    /// The patches of a copy in its file.
    private func range(_ window: Window, _ copy: Int) throws(BankError) -> (StreamedFile, Tables, Range<Int>) {
        let (file, tables) = (files[Int(window.file)], tables[Int(window.file)])
        try file.check()
        let first = window.number * copies
        let begin = window.firstPatch + tables.sizes[first..<(first + copy - 1)].reduce(0) { $0 + Int($1) }
        return (file, tables, begin..<(begin + Int(tables.sizes[first + copy - 1])))
    }
}

extension StreamedFile {
    /// Unsigned little-endian numbers of 1, 2 or 4 bytes.
    fileprivate func numbers(_ offset: Int, _ count: Int, width: Int) throws(BankError) -> [Int32] {
        guard count > 0 else { return [] }
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: count * width, alignment: 4)
        defer { bytes.deallocate() }
        guard let start = bytes.baseAddress else { return [] }
        try copy(offset, count * width, into: start)
        switch width {
        case 1: return bytes.bindMemory(to: UInt8.self).map { Int32($0) }
        case 2: return bytes.bindMemory(to: UInt16.self).map { Int32($0) }
        default: return bytes.bindMemory(to: Int32.self).map { $0 }
        }
    }
}
