internal import CTorch

/// Results written over this tensor's own memory, recorded for differentiation: for values that nobody else reads, such as what a
/// norm has just made. What differentiation still needs of them is refused when it goes backward.
extension Tensor {
    public func reluOver() throws(TensorError) -> Tensor {
        try Library.make("relu in place", [self]) { ctorch_relu_(pointer, $0, $1) }
    }

    public func leakyReluOver(slope: Double) throws(TensorError) -> Tensor {
        try Library.make("leaky relu in place", [self]) { ctorch_leaky_relu_(pointer, slope, $0, $1) }
    }

    /// Drops whole channels, axes 0 and 1 together, and scales the others up.
    public func channelDropoutOver(_ probability: Double) throws(TensorError) -> Tensor {
        try Library.make("channel dropout in place", [self]) { ctorch_feature_dropout_(pointer, probability, $0, $1) }
    }
}
