internal import Glibc

/// How likely a frame's environment is replaced: a Gaussian round the last input frame (METHOD.md 4, Eq 7).
package struct TemporalRate: Hashable, Sendable {
    /// In frames; the larger, the more of the past is replaced.
    package let sigma: Double

    /// - Parameter sigma: nil for the default, a quarter of the input length.
    /// - Throws: `.usage` where it is not positive.
    package init(sigma: Double? = nil, frames: Int) throws(AugmentationError) {
        let sigma = sigma ?? Double(frames) / 4
        guard sigma > 0, sigma.isFinite else {
            throw AugmentationError(.usage, "sigma \(sigma): give a positive number of frames")
        }
        self.sigma = sigma
    }

    /// G / max G, in 0…1; 1 at the last frame.
    package func peak(frames: Int) -> [Double] {
        (0..<frames).map { frame in
            let distance = Double(frame - (frames - 1))
            return exp(-(distance * distance) / (2 * sigma * sigma))
        }
    }

    /// G itself, the density of Eq (7); above 1 where sigma is below 0.4.
    package func density(frames: Int) -> [Double] {
        let factor = 1 / ((2 * Double.pi).squareRoot() * sigma)
        return peak(frames: frames).map { factor * $0 }
    }

    /// G / sum G.
    package func weight(frames: Int) -> [Double] { ImportanceScale.sum.importance(peak(frames: frames)) }

    /// The sigma that aims at a share of intervened environment patches.
    package static func sigma(forShare share: Double, frames: Int) -> Double {
        (share * Double(frames) - 0.5) * (2 / Double.pi).squareRoot()
    }
}
