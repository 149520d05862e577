/// The input frames of one window, lent for a call: they may lie in several places, as pieces of a mapped file do.
///
/// `@unchecked Sendable`: the bytes are only read, and whoever lends them keeps them until the call returns.
package struct FrameWindow: @unchecked Sendable {
    /// One a frame, each of `Field.frameByteCount` bytes, aligned to the element.
    let frames: [UnsafeRawPointer?]

    package init(frames: [UnsafeRawPointer]) { self.frames = frames }

    /// Frames one behind the other.
    package init(_ bytes: UnsafeRawBufferPointer, frameByteCount: Int) {
        precondition(frameByteCount > 0 && bytes.count % frameByteCount == 0, "whole frames")
        frames = stride(from: 0, to: bytes.count, by: frameByteCount).map {
            bytes.baseAddress.map { [offset = $0] in $0 + offset }
        }
    }

    /// T.
    package var count: Int { frames.count }

    subscript(frame: Int) -> UnsafeRawPointer {
        guard let pointer = frames[frame] else { preconditionFailure("a frame without bytes") }
        return pointer
    }
}
