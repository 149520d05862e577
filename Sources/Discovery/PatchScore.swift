internal import CausalAugmentation
internal import Networks
internal import SpaceTime
internal import Tensors
internal import Training

/// Scores the patches of windows by a trained upstream network: the larger, the more causal. Another score is another file.
protocol PatchScore {
    /// Maps a window: F of METHOD 1.4.
    var frames: Int { get }

    /// - Parameters:
    ///   - samples: keys of the windows, METHOD 4.5.
    /// - Returns: for each window F·L numbers, not normalised.
    func scores(by network: any AttentionSource, _ batch: BatchTensors, samples: [UInt64]) throws -> [[Double]]
}
