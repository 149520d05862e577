internal import SpaceTime

/// Score `gradient_variance`: how much a window's prediction moves with a patch, by how much the patch varies
/// (METHOD.md 12.3). The network's part, the gradients, is given.
package enum GradientVariance {
    /// How many vectors of random signs a window takes.
    package static let probes = 4

    /// The sign of an output element, -1 or 1.
    ///
    /// - Parameter element: flat index inside the frame, channel, row, column.
    package static func sign(seed: UInt64, sample: UInt64, probe: Int, frame: Int, element: Int) -> Double {
        let draw = DrawKey(seed: seed).adding(KeyedRandom.Purpose.gradientSign.rawValue).adding(sample).adding(probe)
            .adding(frame).adding(element).adding(0)
        return draw.uniform < 0.5 ? -1 : 1
    }

    /// The score of each patch, one map a window; takes the place of received attention.
    ///
    /// - Parameters:
    ///   - window: T, C, H, W, in normalised units.
    ///   - gradients: of <v, f(window)> by the window, one for each probe.
    /// - Throws: `.damaged` where the numbers are not as many as the shape says.
    package static func scores(_ grid: PatchGrid, window: [Double], gradients: [[Double]]) throws(AugmentationError)
        -> [Double]
    {
        let plane = grid.fieldRows * grid.fieldColumns
        guard !window.isEmpty, window.count % plane == 0, !gradients.isEmpty,
            gradients.allSatisfy({ $0.count == window.count })
        else {
            throw AugmentationError(.damaged, "a window of \(window.count) numbers and its gradients differ in shape")
        }
        var sums = [Double](repeating: 0, count: grid.count)
        var squares = sums
        var moved = sums
        var counts = [Int](repeating: 0, count: grid.count)
        let patches = (0..<plane).map {
            $0 / grid.fieldColumns / grid.side * grid.columns + $0 % grid.fieldColumns / grid.side
        }
        for place in window.indices {
            let patch = patches[place % plane]
            sums[patch] += window[place]
            counts[patch] += 1
            for gradient in gradients { moved[patch] += gradient[place] * gradient[place] }
        }
        let means = zip(sums, counts).map { $0 / Double($1) }
        for place in window.indices {
            let difference = window[place] - means[patches[place % plane]]
            squares[patches[place % plane]] += difference * difference
        }
        return sums.indices.map { moved[$0] / Double(gradients.count) * (squares[$0] / Double(counts[$0])) }
    }
}
