/// How the frames of a window become tokens of a network, which says what an attention map speaks about. METHOD 1.4.
public enum TokenLayout: String, Hashable, Sendable, Codable, CaseIterable {
    /// Frames folded into the batch: one map a frame.
    case frame
    /// One token a patch, with the channels of all frames: one map a window.
    case stacked
    /// One token a patch and frame, index t·L + s: every frame may look at every other.
    case joint
}
