internal import Networks
internal import Streaming
internal import Tensors
internal import Training

/// The mean frame of the training windows, and how well it would do as every answer: what any network has to beat.
struct MeanFrame {
    /// C, H, W, float64.
    private let mean: Tensor
    private let task: UpstreamTask

    init(of source: BatchSource, _ task: UpstreamTask) throws {
        self.task = task
        let frame = Array((task == .reconstruct ? source.inputShape : source.targetShape).dropFirst())
        let sum = try Tensor.zeros(frame, .float64)
        var count = 0
        let stream = try BatchStream(source, epochs: 1, threads: 1)
        while let batch = try stream.next() {
            let frames = try MeanFrame.frames(of: batch, task)
            try sum.add(frames.sum([0, 1]))
            count += frames.extent(0) * frames.extent(1)
        }
        mean = try sum / Double(max(1, count))
    }

    /// The mean squared error over all elements.
    func loss(on source: BatchSource) throws -> Double {
        var (sum, count) = (0.0, 0)
        let stream = try BatchStream(source, epochs: 1, threads: 1)
        while let batch = try stream.next() {
            let frames = try MeanFrame.frames(of: batch, task)
            sum += try (frames - mean).squared().sum().item()
            count += frames.count
        }
        return sum / Double(max(1, count))
    }

    private static func frames(of batch: Batch, _ task: UpstreamTask) throws -> Tensor {
        let tensors = try BatchTensors(batch)
        return try (task == .reconstruct ? tensors.inputs : tensors.targets ?? tensors.inputs).values.to(.float64)
    }
}
