public import Networks
package import Streaming
package import Tensors

/// A batch as tensors over its own memory, without a copy on the CPU. The samples that only pad the last batch are left out.
public struct BatchTensors {
    /// (b, T, C, H, W); with copies side by side (b, 1 + N, T, C, H, W).
    public let inputs: Frames
    /// (b, K, C, H, W); nil where the plan has no target frames.
    public let targets: Frames?
    /// b.
    public let count: Int

    /// The batch's memory goes back to its stream when the last tensor on it is gone.
    package init(_ batch: Batch, on device: Device = .cpu) throws(TensorError) {
        // Those that pad stand at the end.
        count = batch.valid.prefix { $0 }.count
        let owner = BatchOwner(batch)
        let own = [count]
        func frames(_ values: UnsafeMutablePointer<Float>, _ shape: [Int]) throws(TensorError) -> Frames {
            let tensor = try BatchTensors.borrowed(values, owner, own + shape).to(device)
            return batch.mayMiss ? try Frames(missingAsNaN: tensor) : Frames(tensor)
        }
        inputs = try frames(batch.memory.inputs, batch.inputShape)
        targets = batch.targetShape[0] == 0 ? nil : try frames(batch.memory.targets, batch.targetShape)
    }

    /// The targets, (b, K, C, H, W).
    ///
    /// - Throws: `.operands` where the plan has none.
    func predicted() throws(TensorError) -> Frames {
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
