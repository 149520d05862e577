internal import DataBank
internal import SpaceTime

/// What an archive says of sequences: `sequence_start`, `sequence_length`, `sequence_id`, `split`, one each.
struct SequenceColumns {
    let rows: [SequenceRow]

    func write(to archive: NPZWriter) throws {
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
    }
}
