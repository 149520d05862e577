package import DataBank
internal import SpaceTime

/// Writes one field of a `frames` data set as NumPy arrays.
///
/// `frames` (F, C, H, W) in stored type and order, all sequences one behind the other; `sequence_start`,
/// `sequence_length`, `sequence_id`, `split` a sequence; `time`, `flags` a frame; `covariate_<name>` (F, width).
package enum FrameExport {
    /// - Parameter progress: is told the bytes of each step and of the whole.
    package static func write(
        _ dataset: Dataset, field number: Int, to path: String, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let field = dataset.identity.fields[number]
        let rows = try dataset.sequences()
        let pieces = try dataset.pieces().filter { $0.field == number }
        let frames = rows.reduce(0) { $0 + $1.frames }
        let bytes = frames * field.frameByteCount
        let archive = try NPZWriter(path)
        try archive.add(
            "frames", descr: field.element.descr, shape: [frames, field.channels, field.rows, field.columns],
            byteCount: bytes
        ) { put in
            for (file, own) in FrameExport.runs(of: pieces) {
                let reader = try PieceReader(dataset, file: file)
                for piece in own {
                    try reader.read(piece) { part in
                        try put(part)
                        try progress(part.count, bytes)
                    }
                }
            }
        }
        try writeTables(rows, dataset, field: number, to: archive)
        try archive.finish()
    }

    /// Pieces in stored order, gathered by the file they lie in.
    private static func runs(of pieces: [Piece]) -> [(file: Int, pieces: [Piece])] {
        var runs: [(file: Int, pieces: [Piece])] = []
        for piece in pieces {
            if runs.last?.file == piece.file {
                runs[runs.count - 1].pieces.append(piece)
            } else {
                runs.append((piece.file, [piece]))
            }
        }
        return runs
    }

    private static func writeTables(_ rows: [SequenceRow], _ dataset: Dataset, field: Int, to archive: NPZWriter) throws
    {
        var starts: [Int64] = []
        var next: Int64 = 0
        for row in rows {
            starts.append(next)
            next += Int64(row.frames)
        }
        try archive.add("sequence_start", starts, descr: "<i8")
        try archive.add("sequence_length", rows.map { Int64($0.frames) }, descr: "<i8")
        try archive.add("sequence_id", rows.map(\.id))
        try archive.add("split", rows.map(\.split.rawValue))
        try archive.add("time", rows.flatMap { $0.times(ofField: field).values }, descr: "<i8")
        let axis = dataset.identity.timeAxis
        try archive.add("flags", rows.flatMap { $0.flags(ofField: field, axis: axis).map(\.rawValue) }, descr: "|u1")
    }
}
