public import DataBank
internal import SpaceTime

/// The mini-batches of a data set, one after the other.
///
///     let stream = try BatchStream("sevir", in: bank, plan: plan, epochs: 10)
///     while let batch = try stream.next() { … }
///
/// The order is a pure function of data set, plan, epoch, step and shard; threads fill batches ahead. Batches that are kept
/// keep their memory. May be used as an `AsyncSequence` too; by one task at a time.
public final class BatchStream: Sendable {
    /// What can be asked of any batch.
    package let source: BatchSource
    private let ring: BatchRing

    /// Opens a data set of the bank.
    ///
    /// - Parameters:
    ///   - id: `name`, `name@1.2.0` or `name@1.2.0#9f3c21a`.
    ///   - state: where to go on; the beginning where nil.
    ///   - epochs: the last epoch to be served is `epochs - 1`, counted from the very first; nil for ever on.
    ///   - threads: that fill batches; with 0 the caller of `next` does.
    ///   - ahead: batches that are held ready.
    ///   - masks: mark missing elements too.
    /// - Throws: `.usage` where plan, state or shard do not fit, `.damaged` naming the file.
    public convenience init(
        _ id: String, in bank: Bank, plan: PlanRequest = PlanRequest(), shard: Shard = .whole,
        from state: StreamState? = nil,
        epochs: Int? = 1, threads: Int = 2, ahead: Int = 3, masks: Bool = false
    ) throws(BankError) {
        try self.init(
            BatchSource(id, in: bank, plan), shard: shard, from: state, epochs: epochs, threads: threads, ahead: ahead,
            masks: masks)
    }

    package init(
        _ source: BatchSource, shard: Shard = .whole, from state: StreamState? = nil, epochs: Int? = 1,
        threads: Int = 2,
        ahead: Int = 3, masks: Bool = false
    ) throws(BankError) {
        try state?.check(against: source)
        self.source = source
        ring = try BatchRing(
            source, shard: shard, from: (state?.epoch ?? 0, state?.step ?? 0), endEpoch: epochs, ahead: ahead,
            threads: threads, masks: masks)
    }

    /// The plan with all its defaults.
    public var plan: BatchPlan { source.plan }
    public var stepsPerEpoch: Int { source.stepsPerEpoch }
    /// Windows of an epoch, of all processes.
    public var windowCount: Int { source.windowCount }

    /// The next batch; nil at the end.
    ///
    /// - Throws: `.damaged` naming the file that was changed under us or cannot be read.
    public func next() throws(BankError) -> Batch? { try ring.next() }

    func whenReady(_ body: @escaping @Sendable () -> Void) { ring.whenReady(body) }
}

extension BatchSource {
    /// What comes after a step.
    package func state(after place: (epoch: Int, step: Int)) -> StreamState {
        let isLast = place.step + 1 >= stepsPerEpoch
        return StreamState(
            dataset: digest, plan: planDigest, windows: windowCount, epoch: isLast ? place.epoch + 1 : place.epoch,
            step: isLast ? 0 : place.step + 1)
    }
}
