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
    /// RGB of each frame's three panels, side by side.
    package private(set) var pictures: [[UInt8]] = []

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
        pictures = frames.pictures.indices.map(draw)
    }

    package var width: Int { 3 * frames.width }
    package var height: Int { frames.height }

    /// At most twelve frames, evenly chosen, side by side; the three panels below each other.
    package var strip: (width: Int, height: Int, picture: [UInt8]) {
        let count = min(12, pictures.count)
        let chosen = (0..<count).map { pictures[count == 1 ? 0 : $0 * (pictures.count - 1) / (count - 1)] }
        var picture: [UInt8] = []
        let panel = frames.width * 3
        for part in 0..<3 {
            for row in 0..<height {
                for frame in chosen {
                    let begin = row * 3 * panel + part * panel
                    picture += frame[begin..<(begin + panel)]
                }
            }
        }
        return (frames.width * count, 3 * height, picture)
    }

    private func draw(_ frame: Int) -> [UInt8] {
        let plain = frames.pictures[frame]
        guard let map = maps[frame] else { return joined(plain, plain, plain) }
        let count = grid.rows * grid.columns
        let own = (places[frame] * count)..<((places[frame] + 1) * count)
        let importance = Array(map.importance[own])
        let isCausal = Array(map.isCausal[own])
        let (least, largest) = (importance.min() ?? 0, importance.max() ?? 1)
        var masked = plain
        var heated = plain
        for row in 0..<height {
            for column in 0..<frames.width {
                let pixel = 3 * (row * frames.width + column)
                guard let patch = patch(row, column) else { continue }
                if !isCausal[patch] { dim(&masked, pixel, isBorder(row, column, patch)) }
                let share = largest > least ? (importance[patch] - least) / (largest - least) : 0.5
                heat(&heated, pixel, ColourMap.colour(share))
            }
        }
        return joined(plain, masked, heated)
    }

    /// The patch under a pixel of the drawn frame; nil beyond the crop.
    private func patch(_ row: Int, _ column: Int) -> Int? {
        guard row >= 0, column >= 0, row < height, column < frames.width else { return nil }
        var (y, x) = frames.cell(row, column)
        var (rows, columns) = frames.size
        if let crop = grid.form.crop {
            (y, x, rows, columns) = (y - crop.row, x - crop.column, crop.rows, crop.columns)
            guard (0..<rows).contains(y), (0..<columns).contains(x) else { return nil }
        }
        if let resize = grid.form.resize { (y, x) = (y * resize.rows / rows, x * resize.columns / columns) }
        return y / grid.form.patchSide * grid.columns + x / grid.form.patchSide
    }

    private func isBorder(_ row: Int, _ column: Int, _ own: Int) -> Bool {
        [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)].contains {
            patch($0.0, $0.1) != own
        }
    }

    /// A third of the light; red on the border.
    private func dim(_ picture: inout [UInt8], _ pixel: Int, _ isBorder: Bool) {
        let border: [UInt8] = [230, 60, 50]
        for colour in 0..<3 { picture[pixel + colour] = isBorder ? border[colour] : picture[pixel + colour] / 3 }
    }

    /// Half the frame's light, half the map's colour.
    private func heat(_ picture: inout [UInt8], _ pixel: Int, _ colour: [UInt8]) {
        let light = (Int(picture[pixel]) * 3 + Int(picture[pixel + 1]) * 6 + Int(picture[pixel + 2])) / 10
        for part in 0..<3 { picture[pixel + part] = UInt8((light + Int(colour[part])) / 2) }
    }

    private func joined(_ panels: [UInt8]...) -> [UInt8] {
        let line = 3 * frames.width
        return (0..<height).flatMap { row in panels.flatMap { $0[(row * line)..<((row + 1) * line)] } }
    }
}
