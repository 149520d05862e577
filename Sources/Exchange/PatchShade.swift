/// Marks patches in a painted frame.
struct PatchShade {
    let width: Int
    let height: Int
    /// The patch under a pixel's row and column; nil where there is none.
    let patch: (Int, Int) -> Int?

    /// Takes two thirds of the light from some patches and draws a red border round some of them.
    func shaded(_ picture: [UInt8], isDim: (Int) -> Bool, isFramed: (Int) -> Bool) -> [UInt8] {
        let border: [UInt8] = [230, 60, 50]
        var result = picture
        for row in 0..<height {
            for column in 0..<width {
                guard let own = patch(row, column), isDim(own) else { continue }
                let pixel = 3 * (row * width + column)
                let isBorder = isFramed(own) && isBorder(row, column, own)
                for colour in 0..<3 { result[pixel + colour] = isBorder ? border[colour] : picture[pixel + colour] / 3 }
            }
        }
        return result
    }

    private func isBorder(_ row: Int, _ column: Int, _ own: Int) -> Bool {
        [(row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)].contains { row, column in
            guard (0..<height).contains(row), (0..<width).contains(column) else { return true }
            return patch(row, column) != own
        }
    }
}
