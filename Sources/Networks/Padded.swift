public import Tensors

/// A network for frames whose sides its patches do not divide: the last row and column are repeated, and what lies beyond the
/// frame is cropped from the result. METHOD 1.2.
public struct Padded: AttentionSource {
    /// Works on frames of `padded`.
    public let inner: any AttentionSource
    public let frame: FrameSize
    public let padded: FrameSize

    public init(_ inner: any AttentionSource, from frame: FrameSize, to padded: FrameSize) {
        precondition(padded.height >= frame.height && padded.width >= frame.width, "\(padded) holds no \(frame)")
        self.inner = inner
        self.frame = frame
        self.padded = padded
    }

    public var parameters: Parameters { inner.parameters }

    public func callAsFunction(_ inputs: Tensor, _ mode: Mode, noting record: AttentionRecord?) throws(TensorError)
        -> Tensor
    {
        let output = try inner(extended(inputs), mode, noting: record)
        guard frame != padded else { return output }
        return try output.narrowed(-2, 0..<frame.height).narrowed(-1, 0..<frame.width)
    }

    /// On the padded frame's grid.
    public func patchScores(_ inputs: Tensor) throws(TensorError) -> [BlockScores] {
        try inner.patchScores(extended(inputs))
    }

    private func extended(_ x: Tensor) throws(TensorError) -> Tensor {
        try extended(extended(x, axis: -2, frame.height, padded.height), axis: -1, frame.width, padded.width)
    }

    private func extended(_ x: Tensor, axis: Int, _ length: Int, _ target: Int) throws(TensorError) -> Tensor {
        guard target > length else { return x }
        let last = try x.narrowed(axis, (length - 1)..<length)
        return try .concatenated([x] + Array(repeating: last, count: target - length), axis: axis)
    }
}
