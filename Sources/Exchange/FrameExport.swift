package import DataBank
internal import SpaceTime

/// Writes one field of a `frames` data set as NumPy arrays.
///
/// `frames` (F, C, H, W) in stored type and order, all sequences one behind the other; `sequence_start`,
/// `sequence_length`, `sequence_id`, `split` a sequence; `time`, `flags` a frame.
package enum FrameExport {
    /// - Parameter progress: is told the bytes of each step and of the whole.
    package static func write(
        _ dataset: Dataset, field number: Int, to path: String, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let rows = try dataset.sequences()
        let archive = try NPZWriter(path)
        let frames = try StoredElements(dataset, field: number)
        try frames.write("frames", to: archive) { try progress($0, frames.byteCount) }
        try SequenceColumns(rows: rows).write(to: archive)
        try archive.add("time", rows.flatMap { $0.times(ofField: number).values }, descr: "<i8")
        let axis = dataset.identity.timeAxis
        try archive.add("flags", rows.flatMap { $0.flags(ofField: number, axis: axis).map(\.rawValue) }, descr: "|u1")
        try archive.finish()
    }
}
