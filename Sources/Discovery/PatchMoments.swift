internal import CausalAugmentation

/// Mean and variance of the patches of some frames, over frames, channels and pixels.
struct PatchMoments {
    let means: [Double]
    let variances: [Double]

    /// - Parameter values: frame, channel, row, column; what lies beyond the field does not count.
    init(_ grid: PatchGrid, _ values: UnsafeBufferPointer<Float>) {
        var sums = [Double](repeating: 0, count: grid.count)
        var squares = sums
        var counts = sums
        let plane = grid.fieldRows * grid.fieldColumns
        let patches = (0..<plane).map {
            $0 / grid.fieldColumns / grid.side * grid.columns + $0 % grid.fieldColumns / grid.side
        }
        for begin in stride(from: 0, to: values.count, by: plane) {
            for (pixel, patch) in patches.enumerated() {
                let value = Double(values[begin + pixel])
                sums[patch] += value
                squares[patch] += value * value
                counts[patch] += 1
            }
        }
        let means = zip(sums, counts).map { $0 / $1 }
        variances = sums.indices.map { max(0, squares[$0] / counts[$0] - means[$0] * means[$0]) }
        self.means = means
    }
}
