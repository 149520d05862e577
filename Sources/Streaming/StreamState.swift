internal import DataBank
public import SpaceTime

/// Where a stream stands: enough to go on from there on any machine, with any number of processes that divides the batch.
public struct StreamState: Hashable, Sendable, Codable {
    /// Content digest of the data set.
    public var dataset: Digest
    /// XXH3 of the plan's canonical text.
    public var plan: String
    /// Windows of an epoch.
    public var windows: Int
    /// What comes next.
    public var epoch: Int
    public var step: Int

    /// Refuses a state of another data set or plan.
    func check(against source: BatchSource) throws(BankError) {
        guard dataset == source.digest else {
            throw BankError(
                .usage,
                "the state is of data set #\(dataset.short), this is \(source.name) #\(source.digest.short); "
                    + "name the data set with which the stream began")
        }
        guard plan == source.planDigest, windows == source.windowCount else {
            throw BankError(
                .usage,
                "the state is of another plan (\(plan), here \(source.planDigest)); give fields, split, lengths, stride, "
                    + "crop, resize, batch size, seed, order and normalisation as they were")
        }
        guard epoch >= 0, step >= 0, step < source.stepsPerEpoch else {
            throw BankError(.usage, "the state's step \(step) is not in an epoch of \(source.stepsPerEpoch) steps")
        }
    }
}
