/// Where the time of a training went, in seconds since this start.
public struct FitTimes: Hashable, Sendable {
    /// For batches that were not ready.
    public var waiting = 0.0
    /// On steps.
    public var training = 0.0
    /// On what was held out, and on checkpoints.
    public var between = 0.0
    public var steps = 0
    /// Windows learnt from; copies are not counted.
    public var samples = 0

    public init() {}

    /// The part of the training that waited for batches.
    public var waitingPart: Double { waiting + training > 0 ? waiting / (waiting + training) : 0 }

    public var samplesPerSecond: Double { waiting + training > 0 ? Double(samples) / (waiting + training) : 0 }
}
