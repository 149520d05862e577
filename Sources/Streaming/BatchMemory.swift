/// Where a batch is to be written; b slots, shapes as `BatchSource` says. Belongs to the caller.
///
/// `@unchecked Sendable`: threads that fill it write to different slots.
package struct BatchMemory: @unchecked Sendable {
    /// (b, T, C, H, W); with copies side by side (b, 1 + N, T, C, H, W).
    package var inputs: UnsafeMutablePointer<Float>
    /// (b, K, C, H, W).
    package var targets: UnsafeMutablePointer<Float>
    /// (b): 1 where the slot counts.
    package var valid: UnsafeMutablePointer<UInt8>?
    /// (b): number of the window in the plan.
    package var windows: UnsafeMutablePointer<Int64>?
    /// (b): position of its sequence in the data set.
    package var sequences: UnsafeMutablePointer<Int64>?
    /// (b): the window's first frame in its sequence.
    package var firstFrames: UnsafeMutablePointer<Int64>?
    /// (b): 0 for an original, else the number of the copy; 0 where they come side by side.
    package var copies: UnsafeMutablePointer<Int64>?
    /// As `inputs`: 1 where an element is not missing.
    package var inputMask: UnsafeMutablePointer<UInt8>?
    /// As `targets`.
    package var targetMask: UnsafeMutablePointer<UInt8>?

    package init(inputs: UnsafeMutablePointer<Float>, targets: UnsafeMutablePointer<Float>) {
        self.inputs = inputs
        self.targets = targets
    }
}
