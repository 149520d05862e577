internal import DataBank
internal import Glibc
internal import SpaceTime

/// Hands spooled maps to the bank as a reader hands over frames: fields `importance` and `mask`, a map a window, whose time is
/// the number of the window's first frame in its sequence.
final class ImportanceProvider: FrameProvider {
    let survey: Survey
    private let spool: ImportanceSpool
    /// The first record of each sequence.
    private let starts: [Int]
    /// Parts in the order of the survey, with their splits.
    let parts: [SplitPlan.Part]

    /// Maps of one sequence of the parent, in stored order.
    struct Rows {
        var row: SequenceRow
        /// First frames of the windows, ascending.
        var firstFrames: [Int]
        /// Of the first window.
        var record: Int
    }

    init(_ parent: Dataset, field: Field, rows: [Rows], maps: MapForm, _ spool: ImportanceSpool) {
        self.spool = spool
        starts = rows.map(\.record)
        let sequences = rows.map { rows in
            SequenceSurvey(
                id: rows.row.id, times: [FrameTimes(rows.firstFrames.map { Int64($0) })], group: rows.row.group,
                split: rows.row.split, attributes: rows.row.attributes)
        }
        parts = rows.enumerated().map { number, rows in
            SplitPlan.Part(
                id: rows.row.id, range: FrameRange(sequence: number, frames: 0..<rows.firstFrames.count),
                split: rows.row.split)
        }
        let record = parent.record
        survey = Survey(
            format: record.source, variant: "importance", title: "Importance of patches: \(record.title)",
            citation: record.citation, license: record.license, fields: maps.fields(of: field),
            timeAxis: TimeAxis(kind: .counter), sequences: sequences, sources: [], splitRule: .source,
            defaultInputFrames: record.defaultPlan.inputFrames, defaultTargetFrames: record.defaultPlan.targetFrames)
    }

    func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws {
        for part in parts {
            try receiver.begin(part, covariates: [])
            for (number, field) in survey.fields.enumerated() {
                let step = max(1, (1 << 20) / field.frameByteCount)
                for begin in stride(from: part.frames.lowerBound, to: part.frames.upperBound, by: step) {
                    let frames = begin..<min(begin + step, part.frames.upperBound)
                    let records =
                        (starts[part.sequence] + frames.lowerBound)..<(starts[part.sequence] + frames.upperBound)
                    try receiver.receive(block(records, number, field), field: number, count: frames.count)
                }
            }
            try receiver.end()
        }
    }

    private func block(_ records: Range<Int>, _ number: Int, _ field: Field) throws -> FrameBlock {
        let bytes = records.count * field.frameByteCount
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes, alignment: 64)
        do {
            try spool.read(records, field: number, into: buffer)
        } catch {
            buffer.deallocate()
            throw error
        }
        let address = UInt(bitPattern: buffer.baseAddress)
        return FrameBlock(bytes: UnsafeRawBufferPointer(buffer)) { free(UnsafeMutableRawPointer(bitPattern: address)) }
    }
}

/// The shape of an importance map.
struct MapForm {
    /// F: T in layout `joint`, else 1.
    var frames: Int
    var rows: Int
    var columns: Int
    /// Side of a patch in pixels.
    var side: Int

    /// The fields of an importance data set, for maps of a field.
    func fields(of field: Field) -> [Field] {
        let attributes: [String: Scalar] = ["patch_side": .integer(Int64(side)), "of_field": .text(field.name)]
        return [
            Field(
                name: "importance", element: .float64, channels: frames, rows: rows, columns: columns,
                rowOrder: field.rowOrder, longName: "importance of the patch", attributes: attributes),
            Field(
                name: "mask", element: .uint8, channels: frames, rows: rows, columns: columns, rowOrder: field.rowOrder,
                longName: "1 where the patch is causal, 0 where it is environment", attributes: attributes),
        ]
    }
}
