internal import Networks
internal import Tensors

/// A forecaster for frames whose sides its settings do not divide: the last row and column are repeated, and what lies beyond
/// the frame is cropped from the result. METHOD 1.2.
struct PaddedForecaster: Forecaster {
    /// Works on frames of `padded`.
    let inner: any Forecaster
    let frame: FrameSize
    let padded: FrameSize

    init(_ inner: any Forecaster, from frame: FrameSize, to padded: FrameSize) {
        (self.inner, self.frame, self.padded) = (inner, frame, padded)
    }

    var parameters: Parameters { inner.parameters }

    func callAsFunction(_ inputs: Tensor, _ mode: Mode) throws(TensorError) -> Tensor {
        try inner(extended(inputs), mode).narrowed(-2, 0..<frame.height).narrowed(-1, 0..<frame.width)
    }

    /// The inner network's own loss, over the padded frame: recurrent ones learn from more than their forecast.
    func trainingLoss(inputs: Frames, targets: Frames, step: Int) throws(TensorError) -> TrainingLoss {
        try inner.trainingLoss(inputs: inputs.moved(extended), targets: targets.moved(extended), step: step)
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
