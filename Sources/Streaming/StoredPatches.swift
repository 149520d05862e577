package import DataBank
package import SpaceTime

/// The replaced patches of an `environments` data set, found by sequence, window and copy. CopiesOnDisk.md, "Environments".
package struct StoredPatches: Sendable {
    /// One copy's patches, lent until the next read with the same scratch.
    package struct Copy {
        /// Frame * L + patch, ascending.
        package var places: [Int32]
        package var neighbours: [UInt8]
        /// Patch after patch, channel, row, column.
        package var values: UnsafeRawBufferPointer
    }

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

    /// Reads one copy.
    ///
    /// - Parameters:
    ///   - window: counted in the sequence.
    ///   - copy: from 1.
    package func read(sequence: Int, window: Int, copy: Int, _ room: RawRoom) throws(BankError) -> Copy {
        let own = windows[sequence][window]
        let file = files[Int(own.file)]
        try file.check()
        let tables = tables[Int(own.file)]
        let (sizes, first) = (tables.sizes, own.number * copies)
        let begin = own.firstPatch + sizes[first..<(first + copy - 1)].reduce(0) { $0 + Int($1) }
        let count = Int(sizes[first + copy - 1])
        let bytes = room.room(count * field.frameByteCount)
        guard count > 0, let start = bytes.baseAddress else {
            return Copy(places: [], neighbours: [], values: UnsafeRawBufferPointer(start: nil, count: 0))
        }
        try file.copy(file.file.offset + begin * field.frameByteCount, bytes.count, into: start)
        let places = try file.numbers(tables.placeOffset + begin * tables.placeWidth, count, width: tables.placeWidth)
        let neighbours = try file.numbers(tables.neighboursOffset + begin, count, width: 1)
        return Copy(
            places: places, neighbours: neighbours.map { UInt8(truncatingIfNeeded: $0) },
            values: UnsafeRawBufferPointer(bytes))
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
