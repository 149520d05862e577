package import DataBank
internal import SpaceTime

/// Importance over the frames it speaks about, as pictures of three panels: the frame; the frame with its environment patches
/// dimmed and framed; the frame under a heat map from the least important patch (blue) to the most (yellow).
///
/// A frame in several windows shows the map of the last one that begins before or at it.
package struct ImportancePicture {
    private let frames: SequencePicture
    private let maps: [ImportanceMaps.Map?]
    private let places: [Int]
    private let grid: Grid

    private struct Grid {
        var form: ImportanceDescription
        var rows: Int
        var columns: Int
        /// F.
        var frames: Int
    }

    package init(_ dataset: Dataset, sequence: String?, frames limit: Int) throws {
        guard let digest = dataset.identity.parents.first else {
            throw BankError(.damaged, "the importance maps name no data set they were made from", path: dataset.folder)
        }
        let parent = try Dataset(digest, in: dataset.bank)
        let form = try ImportanceDescription(dataset, of: parent)
        let source = try ImportanceMaps(dataset)
        guard let id = try sequence ?? dataset.sequences().first?.id, !source.firstFrames(ofSequence: id).isEmpty else {
            throw BankError(
                .usage, "there are no maps of sequence `\(sequence ?? "")`; `stbank show ID --sequences` lists them")
        }
        frames = try SequencePicture(parent, sequence: id, field: form.field, frames: limit)
        grid = Grid(form: form, rows: source.rows, columns: source.columns, frames: source.frames)
        let starts = source.firstFrames(ofSequence: id)
        var maps: [ImportanceMaps.Map?] = []
        var places: [Int] = []
        for frame in frames.pictures.indices {
            let start = starts.last { $0 <= frame && frame < $0 + form.windowFrames }
            maps.append(try start.flatMap { try source.map(ofSequence: id, firstFrame: $0) })
            places.append(source.frames == 1 ? 0 : frame - (start ?? frame))
        }
        self.maps = maps
        self.places = places
    }

    package var film: Film {
        Film(panelWidth: width, height: height, frames: frames.pictures.indices.map(panels))
    }

    private var width: Int { frames.painter.width }
    private var height: Int { frames.painter.height }

    private func panels(_ frame: Int) -> [[UInt8]] {
        let plain = frames.pictures[frame]
        guard let map = maps[frame] else { return [plain, plain, plain] }
        let count = grid.rows * grid.columns
        let own = (places[frame] * count)..<((places[frame] + 1) * count)
        let isCausal = Array(map.isCausal[own])
        let masked = PatchShade(width: width, height: height, patch: patch).shaded(
            plain, isDim: { !isCausal[$0] }, isFramed: { _ in true })
        return [plain, masked, heated(plain, Array(map.importance[own]))]
    }

    /// Half the frame's light, half the map's colour.
    private func heated(_ picture: [UInt8], _ importance: [Double]) -> [UInt8] {
        let (least, largest) = (importance.min() ?? 0, importance.max() ?? 1)
        var result = picture
        for row in 0..<height {
            for column in 0..<width {
                let pixel = 3 * (row * width + column)
                guard let patch = patch(row, column) else { continue }
                let colour = ColourMap.colour(largest > least ? (importance[patch] - least) / (largest - least) : 0.5)
                let light = (Int(picture[pixel]) * 3 + Int(picture[pixel + 1]) * 6 + Int(picture[pixel + 2])) / 10
                for part in 0..<3 { result[pixel + part] = UInt8((light + Int(colour[part])) / 2) }
            }
        }
        return result
    }

    /// The patch under a pixel of the drawn frame; nil beyond the crop.
    private func patch(_ row: Int, _ column: Int) -> Int? {
        var (y, x) = frames.painter.cell(row, column)
        var (rows, columns) = (frames.painter.field.rows, frames.painter.field.columns)
        if let crop = grid.form.crop {
            (y, x, rows, columns) = (y - crop.row, x - crop.column, crop.rows, crop.columns)
            guard (0..<rows).contains(y), (0..<columns).contains(x) else { return nil }
        }
        if let resize = grid.form.resize { (y, x) = (y * resize.rows / rows, x * resize.columns / columns) }
        return y / grid.form.patchSide * grid.columns + x / grid.form.patchSide
    }
}
