/// Pictures for the eye, one a frame, each of some panels of one size side by side.
package struct Film {
    package let panels: Int
    package let panelWidth: Int
    package let height: Int
    /// RGB of each frame: row, column of all panels, colour.
    package let pictures: [[UInt8]]

    package var width: Int { panels * panelWidth }

    /// - Parameter frames: of each frame its panels, each RGB of row, column, colour.
    init(panelWidth: Int, height: Int, frames: [[[UInt8]]]) {
        self.panelWidth = panelWidth
        self.height = height
        panels = frames.first?.count ?? 1
        let line = 3 * panelWidth
        pictures = frames.map { panels in
            (0..<height).flatMap { row in panels.flatMap { $0[(row * line)..<((row + 1) * line)] } }
        }
    }

    /// At most twelve frames, evenly chosen, side by side; their panels below each other.
    package var strip: (width: Int, height: Int, picture: [UInt8]) {
        let count = min(12, pictures.count)
        let chosen = (0..<count).map { pictures[count == 1 ? 0 : $0 * (pictures.count - 1) / (count - 1)] }
        var picture: [UInt8] = []
        let line = 3 * panelWidth
        for panel in 0..<panels {
            for row in 0..<height {
                for frame in chosen {
                    let begin = row * panels * line + panel * line
                    picture += frame[begin..<(begin + line)]
                }
            }
        }
        return (panelWidth * count, panels * height, picture)
    }
}
