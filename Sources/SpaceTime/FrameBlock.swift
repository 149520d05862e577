/// Bytes of some frames, lent: whoever lent them gets them back when the last holder lets go.
///
/// `@unchecked Sendable`: the bytes are only read between `init` and the call of `giveBack`.
public final class FrameBlock: @unchecked Sendable {
    /// Frame, channel, row, column; little-endian.
    public let bytes: UnsafeRawBufferPointer
    private let giveBack: @Sendable () -> Void

    public init(bytes: UnsafeRawBufferPointer, giveBack: @escaping @Sendable () -> Void) {
        self.bytes = bytes
        self.giveBack = giveBack
    }

    deinit { giveBack() }
}
