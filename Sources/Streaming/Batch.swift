/// One mini-batch of float32 numbers; its memory goes back to the stream when the last copy of it is gone.
public struct Batch: Sendable {
    public let epoch: Int
    public let step: Int
    /// Samples of this process, b.
    public let count: Int
    /// T, C, H, W; with copies side by side 1 + N, T, C, H, W.
    public let inputShape: [Int]
    /// K, C, H, W.
    public let targetShape: [Int]
    /// Give this to a new stream to go on behind this batch.
    public let next: StreamState

    /// Whether NaN stands for missing values; otherwise a number does, and there is no NaN.
    package let mayMiss: Bool

    private let lease: BatchLease

    init(_ ticket: BatchRing.Ticket, of source: BatchSource, slots: Int, lease: BatchLease, next: StreamState) {
        epoch = ticket.epoch
        step = ticket.step
        count = slots
        inputShape = source.inputShape
        targetShape = source.targetShape
        mayMiss = source.plan.fill.isNaN
        self.next = next
        self.lease = lease
    }

    /// The memory, for as long as the batch is kept.
    package var memory: BatchMemory { lease.buffer.memory }

    /// Inputs (b, T, C, H, W), with copies side by side (b, 1 + N, T, C, H, W).
    public func withInputs<Result, Failure: Error>(_ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result)
        throws(Failure) -> Result
    {
        try body(UnsafeBufferPointer(start: memory.inputs, count: count * inputShape.reduce(1, *)))
    }

    /// Targets (b, K, C, H, W).
    public func withTargets<Result, Failure: Error>(_ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result)
        throws(Failure) -> Result
    {
        try body(UnsafeBufferPointer(start: memory.targets, count: count * targetShape.reduce(1, *)))
    }

    /// Which of the b samples count; the others pad the last batch of an epoch and stand at its end.
    public var valid: [Bool] { (0..<count).map { memory.valid?[$0] == 1 } }

    /// Numbers of the windows in the plan, stored order. Shape: b.
    public var windows: [Int] { (0..<count).map { Int(memory.windows?[$0] ?? 0) } }

    /// Positions of the windows' sequences in the data set. Shape: b.
    public var sequences: [Int] { (0..<count).map { Int(memory.sequences?[$0] ?? 0) } }

    /// 0 for an original, else the number of the copy; 0 where they come side by side. Shape: b.
    public var copies: [Int] { (0..<count).map { Int(memory.copies?[$0] ?? 0) } }

    /// The windows' first frames in their sequences. Shape: b.
    public var firstFrames: [Int] { (0..<count).map { Int(memory.firstFrames?[$0] ?? 0) } }
}

/// Lends a buffer; gives it back when nobody holds it any more.
final class BatchLease: Sendable {
    let buffer: BatchBuffer
    private let giveBack: @Sendable (BatchBuffer) -> Void

    init(_ buffer: BatchBuffer, giveBack: @escaping @Sendable (BatchBuffer) -> Void) {
        self.buffer = buffer
        self.giveBack = giveBack
    }

    deinit { giveBack(buffer) }
}
