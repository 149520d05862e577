package import Streaming
public import Tensors

/// A batch as tensors over its own memory, without a copy on the CPU. The samples that only pad the last batch are left out.
public struct BatchTensors {
    /// (b, T, C, H, W); with copies side by side (b, 1 + N, T, C, H, W).
    public let inputs: Tensor
    /// (b, K, C, H, W); nil where the plan has no target frames.
    public let targets: Tensor?
    /// b.
    public let count: Int

    /// The batch's memory goes back to its stream when the last tensor on it is gone.
    package init(_ batch: Batch, on device: Device = .cpu) throws(TensorError) {
        // Those that pad stand at the end.
        count = batch.valid.prefix { $0 }.count
        let owner = BatchOwner(batch)
        inputs = try BatchTensors.borrowed(batch.memory.inputs, owner, [count] + batch.inputShape).to(device)
        targets =
            batch.targetShape[0] == 0
            ? nil : try BatchTensors.borrowed(batch.memory.targets, owner, [count] + batch.targetShape).to(device)
    }

    /// The targets, (b, K, C, H, W).
    ///
    /// - Throws: `.operands` where the plan has none.
    func predicted() throws(TensorError) -> Tensor {
        guard let targets else {
            throw TensorError(.operands, "the plan has no target frames to predict; give a target length of 1 or more")
        }
        return targets
    }

    private static func borrowed(_ values: UnsafeMutablePointer<Float>, _ owner: BatchOwner, _ shape: [Int])
        throws(TensorError) -> Tensor
    {
        let bytes = UnsafeMutableRawBufferPointer(start: values, count: 4 * shape.reduce(1, *))
        return try Tensor(borrowing: bytes, of: owner, shape, .float32)
    }
}

/// Keeps a batch for the tensors on its memory.
private final class BatchOwner {
    let batch: Batch
    init(_ batch: Batch) { self.batch = batch }
}
