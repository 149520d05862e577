package import DataBank
internal import SpaceTime

/// Writes an `importance` data set as NumPy arrays.
///
/// `importance` (M, F, rows, columns of patches) float64 and `mask` uint8, 1 where causal, all sequences' maps one behind the other;
/// `frame` a map: the frame it speaks about, or the first one of its window; `sequence_start`, `sequence_length`, `sequence_id`, `split`
/// a sequence.
package enum ImportanceExport {
    /// - Parameter progress: is told the bytes of each step and of the whole.
    package static func write(
        _ dataset: Dataset, to path: String, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let rows = try dataset.sequences()
        let fields = try ["importance", "mask"].map { name in
            guard let number = dataset.identity.fields.firstIndex(where: { $0.name == name }) else {
                throw BankError(.damaged, "is not laid out as an importance data set", path: dataset.folder)
            }
            return (name: name, elements: try StoredElements(dataset, field: number))
        }
        let total = fields.reduce(0) { $0 + $1.elements.byteCount }
        let archive = try NPZWriter(path)
        for field in fields { try field.elements.write(field.name, to: archive) { try progress($0, total) } }
        try SequenceColumns(rows: rows).write(to: archive)
        try archive.add("frame", rows.flatMap { $0.times[0].values }, descr: "<i8")
        try archive.finish()
    }
}
