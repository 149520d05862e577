internal import Glibc
internal import SpaceTime

/// Writes one payload file of a build: frames as they come, the netCDF shell laid round them at the end.
///
/// The file's SHA-256 is taken on the way, with the header that the shell will have if all planned frames arrive; if the
/// shell comes out otherwise (a sequence was refused), the file is read once more.
///
/// `@unchecked Sendable`: what each duty touches is touched by that duty's thread only, until `finish` has waited for all.
final class PayloadFileWriter: @unchecked Sendable {
    private let field: Field
    private let path: String
    private let descriptor: Int32
    private let workers: IngestWorkers
    private let sources: SourceHashing
    private let payloadOffset: Int
    /// Frames given so far and kept.
    private(set) var position = 0

    // Duty `write`.
    private let stream: SequentialWriter
    // Duty `hash`.
    private let hash = TwinSHA256()
    private var isHashed = true
    // Duty `measure`.
    private var xxh3 = XXH3()
    private var moments: FieldMoments
    private var emptyFrames: [Bool] = []
    private var trainingBins: [UInt64]
    private var results: [PieceMeasure]

    /// What was found out about one piece.
    struct PieceMeasure {
        var content: Digest?
        var xxh3 = ""
        var moments: [Moments] = []
        /// One a frame: no valid element.
        var isEmpty: [Bool] = []
    }

    init(
        _ field: Field, at path: String, plannedFrames: Int, pieces: Int, header: [UInt8], workers: IngestWorkers,
        sources: SourceHashing
    ) throws(BankError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Disk.failure("make", path) }
        self.field = field
        self.path = path
        self.descriptor = descriptor
        self.workers = workers
        self.sources = sources
        payloadOffset = header.count
        moments = FieldMoments(field)
        trainingBins = moments.bins
        results = [PieceMeasure](repeating: PieceMeasure(), count: pieces)
        stream = SequentialWriter(descriptor, path: path, from: header.count)
        header.withUnsafeBytes { hash.updateWhole($0) }
        try Disk.allocate(header.count + plannedFrames * field.frameByteCount, for: descriptor, path: path)
    }

    deinit { Glibc.close(descriptor) }

    /// Takes over the next frames of the piece begun last.
    func append(_ block: FrameBlock, frames: Int) {
        position += frames
        workers.give(.write) { [self] () throws(BankError) in try stream.append(block.bytes) }
        workers.give(.hash) { [self] in sources.update(hash, with: block.bytes) }
        workers.give(.measure) { [self] in
            // Frame by frame, so that each is still in the cache the second time.
            for start in stride(from: 0, to: block.bytes.count, by: field.frameByteCount) {
                let frame = UnsafeRawBufferPointer(rebasing: block.bytes[start..<(start + field.frameByteCount)])
                xxh3.update(frame)
                emptyFrames += moments.add(frame)
            }
        }
    }

    /// Ends a piece whose frames count.
    func endPiece(_ number: Int, isTraining: Bool) {
        workers.give(.hash) { [self] in
            results[number].content = hash.partDigest
            hash.startPart()
        }
        workers.give(.measure) { [self] in
            results[number].xxh3 = xxh3.text()
            results[number].moments = moments.channels
            results[number].isEmpty = emptyFrames
            if isTraining { for (bin, count) in moments.bins.enumerated() { trainingBins[bin] += count } }
            startMeasure()
        }
    }

    /// Forgets a piece that began at `start`.
    func dropPiece(from start: Int) {
        position = start
        let offset = payloadOffset + start * field.frameByteCount
        workers.give(.write) { [self] () throws(BankError) in try stream.moveBack(to: offset) }
        workers.give(.hash) { [self] in
            isHashed = false
            hash.startPart()
        }
        workers.give(.measure) { [self] in startMeasure() }
    }

    private func startMeasure() {
        xxh3 = XXH3()
        moments = FieldMoments(field)
        emptyFrames = []
    }

    /// The measures of the pieces, after the workers have finished.
    func measures() -> (pieces: [PieceMeasure], trainingBins: [UInt64]) { (results, trainingBins) }

    /// Lays the shell round the frames, makes the file durable and says what it is.
    func close(
        named name: String, field number: Int, layout: PayloadLayout, writer: any ShellWriter, plannedHeader: [UInt8],
        tables: [String] = []
    ) throws -> Record.PayloadFile {
        let tail = payloadOffset + position * field.frameByteCount
        try stream.flush()
        let shell = try Shell(layout, writer: writer, beside: path, payloadEnd: tail)
        try Disk.write(shell.header, to: descriptor, at: 0, path: path)
        try Disk.write(shell.tail, to: descriptor, at: tail, path: path)
        let size = tail + shell.tail.count
        guard ftruncate(descriptor, size) == 0 else { throw Disk.failure("cut", path) }
        let digest = try digest(of: shell, isAsPlanned: shell.header == plannedHeader)
        try Disk.sync(descriptor, path: path)
        return Record.PayloadFile(
            name: name, sha256: digest, size: size, field: number, variable: layout.payload.name, packing: .contiguous,
            offset: payloadOffset, frames: position, header: shell.header.withUnsafeBytes { XXH3.text(of: $0) },
            tables: tables.isEmpty ? nil : try tables.map { try table($0, layout, shell) })
    }

    /// Where a table lies.
    private func table(_ name: String, _ layout: PayloadLayout, _ shell: Shell) throws(BankError) -> Record.Table {
        let count = layout.variables.first { $0.name == name }?.bytes.count ?? 0
        guard let offset = shell.offsets[name], offset >= 0 else {
            throw BankError(.system, "the table `\(name)` has no place in the file", path: path)
        }
        return Record.Table(name: name, offset: offset, byteCount: count)
    }

    /// Packs the frames into an archive that takes the place of the file.
    func closePacked(
        named name: String, field number: Int, layout: PayloadLayout, writer: any ShellWriter
    ) throws -> Record.PayloadFile {
        let packed = path + ".packed"
        try stream.flush()
        let packing = ArchivePacking(field: field, frames: position)
        let chunks = try packing.pack(
            try MappedFile(path), from: payloadOffset,
            into: writer.beginArchive(
                layout, framesPerChunk: packing.framesPerChunk, level: ArchivePacking.level, to: packed),
            scratch: Disk.folder(of: path))
        try Disk.rename(packed, to: path)
        let map = try MappedFile(path)
        let header = UnsafeRawBufferPointer(rebasing: map.bytes[..<min(4096, map.bytes.count)])
        try Disk.syncFile(path)
        return Record.PayloadFile(
            name: name, sha256: try FileDigest.sha256(ofFileAt: path), size: map.bytes.count, field: number,
            variable: layout.payload.name, packing: .archive, offset: 0, frames: position,
            header: XXH3.text(of: header),
            chunkFrames: packing.framesPerChunk, chunks: chunks.flatMap { [$0.offset, $0.byteCount] })
    }

    private func digest(of shell: Shell, isAsPlanned: Bool) throws -> Digest {
        guard isHashed, isAsPlanned else { return try FileDigest.sha256(ofFileAt: path) }
        shell.tail.withUnsafeBytes { hash.updateWhole($0) }
        return hash.wholeDigest
    }
}
