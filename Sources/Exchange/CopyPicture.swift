package import CausalAugmentation
internal import DataBank
internal import SpaceTime
package import Streaming

/// A copy beside its original, as pictures of four panels: the original; the copy; what the copy has more (orange) and less (blue);
/// the original with its environment patches dimmed, and those that the copy replaces framed.
package struct CopyPicture {
    package let film: Film

    /// - Parameters:
    ///   - number: of the copy, from 1.
    ///   - limit: frames at most.
    package init(_ set: EnvironmentSet, _ window: WindowPlace, copy number: Int, frames limit: Int) throws {
        let scenes = set.scenes
        guard (1..<(set.copies + 1)).contains(number) else {
            throw BankError(.usage, "copy \(number): \(set.name) has copies 1 to \(set.copies)")
        }
        let (original, copy) = (RawRoom(), RawRoom())
        let room = original.room(scenes.windowBytes)
        try scenes.source.copyInputs(of: window, into: room, FillScratch())
        let changed = copy.room(scenes.windowBytes)
        changed.copyMemory(from: UnsafeRawBufferPointer(room))
        let stored = try set.copy(number, of: window, RawRoom())
        stored.paste(scenes.layout, into: changed)
        let size = scenes.layout.field.frameByteCount
        let frames = (0..<min(limit, scenes.frames)).map { frame in
            [room, changed].map { UnsafeRawBufferPointer(rebasing: $0[(frame * size)..<((frame + 1) * size)]) }
        }
        let easel = Easel(scenes, try scenes.map(of: window, SceneScratch()), stored.draw)
        film = easel.film(frames)
        withExtendedLifetime((original, copy)) {}
    }
}

/// What the panels of one copy share.
private struct Easel {
    private let painter: FramePainter
    private let grid: PatchGrid
    private let map: CausalMap
    private let draw: CopyDraw

    init(_ scenes: WindowScenes, _ map: CausalMap, _ draw: CopyDraw) {
        let (root, field) = (scenes.source.dataset, scenes.layout.field)
        let number = root.identity.fields.firstIndex { $0.name == field.name } ?? 0
        painter = FramePainter(field, root.record.statistics[number])
        grid = scenes.layout.grid
        self.map = map
        self.draw = draw
    }

    /// - Parameter frames: of each frame original and copy, stored bytes.
    func film(_ frames: [[UnsafeRawBufferPointer]]) -> Film {
        let range = frames.map { painter.largestDifference($0[1], $0[0]) }.max() ?? 0
        return Film(
            panelWidth: painter.width, height: painter.height,
            frames: frames.enumerated().map { number, pair in
                let own = painter.paint(pair[0])
                let difference = painter.paint(pair[1], minus: pair[0], range: range)
                return [own, painter.paint(pair[1]), difference, mask(own, frame: number)]
            })
    }

    private func mask(_ picture: [UInt8], frame: Int) -> [UInt8] {
        let replaced = Set(draw.patches.filter { Int($0.frame) == frame }.map { Int($0.patch) })
        let row = map.row(ofFrame: frame)
        let shade = PatchShade(width: painter.width, height: painter.height) { row, column in
            let cell = painter.cell(row, column)
            return cell.row / grid.side * grid.columns + cell.column / grid.side
        }
        return shade.shaded(picture, isDim: { !map.isCausal[row + $0] }, isFramed: replaced.contains)
    }
}
