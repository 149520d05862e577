internal import DataBank
internal import SpaceTime
internal import Streaming

/// What one map of an importance data set speaks about.
package struct MapPlace: Hashable, Sendable {
    /// Position in the table of the data set whose patches these are.
    package var sequence: Int
    /// Layout `frame`: the frame. Else the window's first frame.
    package var frame: Int
    /// Number of the window in the plan; nil in layout `frame`.
    package var window: Int?

    /// The maps of one sequence in stored order: a frame that some window has as input, or a window each.
    static func all(ofSequence sequence: Int, in source: BatchSource, _ layout: TokenLayout) -> [MapPlace] {
        let windows = source.windows(ofSequence: sequence)
        guard layout == .frame else {
            return windows.map { MapPlace(sequence: sequence, frame: source.window($0).firstFrame, window: $0) }
        }
        var frames: Set<Int> = []
        for window in windows {
            for range in source.inputFrames(ofWindow: window) { frames.formUnion(range) }
        }
        return frames.sorted().map { MapPlace(sequence: sequence, frame: $0, window: nil) }
    }
}
