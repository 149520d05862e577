internal import CausalAugmentation
package import DataBank
internal import SpaceTime
internal import Streaming

/// Writes an `environments` data set as NumPy arrays.
///
/// `values` (P, C, p, p) in stored type, a replaced patch each, in the order window, copy, frame, patch; a patch each: `sample` (number of the
/// window in the plan), `copy` (from 1), `frame` (in the window), `patch` (row by row), `neighbours` (a bit for each of the eight patches
/// around that were mixed, row by row from the top left). A window each: `window_sequence`, `window_first_frame`.
package enum PatchExport {
    /// - Parameter progress: is told the bytes of each step and of the whole.
    package static func write(
        _ dataset: Dataset, called name: String, to path: String, progress: (Int, Int) throws -> Void = { _, _ in }
    ) throws {
        let set = try EnvironmentSet(dataset, called: name)
        let values = try StoredElements(dataset, field: 0)
        let archive = try NPZWriter(path)
        try values.write("values", to: archive) { try progress($0, values.byteCount) }
        let columns: [(String, (WindowPlace, CopyDraw, PatchDraw) -> Int)] = [
            ("sample", { window, _, _ in window.number }), ("copy", { _, draw, _ in draw.key.copy }),
            ("frame", { _, _, patch in Int(patch.frame) }), ("patch", { _, _, patch in Int(patch.patch) }),
            ("neighbours", { _, _, patch in Int(patch.neighbours.rawValue) }),
        ]
        // Window by window, so that memory stays bounded however many patches there are.
        for (name, number) in columns {
            try archive.add(name, descr: "<i8", shape: [values.count], byteCount: 8 * values.count) { put in
                for window in (0..<set.scenes.source.windowCount).map(set.scenes.source.window) {
                    for copy in 1..<(set.copies + 1) {
                        let draw = try set.draw(copy, of: window)
                        let numbers = draw.patches.map { Int64(number(window, draw, $0)).littleEndian }
                        try numbers.withUnsafeBytes { try put($0) }
                    }
                }
            }
        }
        try writeWindows(of: set, to: archive)
        try archive.finish()
    }

    private static func writeWindows(of set: EnvironmentSet, to archive: NPZWriter) throws {
        let ids = try set.scenes.source.dataset.sequences().map(\.id)
        let windows = (0..<set.scenes.source.windowCount).map(set.scenes.source.window)
        try archive.add("window_sequence", windows.map { ids[$0.sequence] })
        try archive.add("window_first_frame", windows.map { Int64($0.firstFrame) }, descr: "<i8")
    }
}
