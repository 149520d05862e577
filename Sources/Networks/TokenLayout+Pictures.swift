internal import SpaceTime
internal import Tensors

extension TokenLayout {
    /// Channels of the pictures that are cut into patches, for T frames of C channels.
    func channels(frames: Int, _ channels: Int) -> Int { self == .stacked ? frames * channels : channels }

    /// (B, T, C, H, W) to pictures: (B·T, C, H, W), or (B, T·C, H, W) where stacked.
    func pictures(_ x: Tensor) throws(TensorError) -> Tensor {
        self == .stacked ? try x.flattened(1, 2) : try x.flattened(0, 1)
    }
}

/// Why settings make no network.
func refuse(_ condition: Bool, _ message: @autoclosure () -> String) throws(TensorError) {
    if condition { throw TensorError(.operands, message()) }
}
