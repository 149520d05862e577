/// How a network is trained; part of what decides the result.
public struct FitSettings: Hashable, Sendable, Codable {
    /// At most.
    public var epochs: Int
    /// The highest rate of Adam.
    public var rate: Double
    public var schedule = Schedule.constant
    /// The 2-norm that the gradients as one may have; nil for any.
    public var clip: Double?
    /// Batches whose gradients make one step.
    public var accumulate = 1
    /// Epochs without a lower validation loss after which the training ends; nil trains all epochs.
    public var patience: Int?
    /// Matrix products and convolutions in bfloat16.
    public var bfloat16 = false

    public init(epochs: Int, rate: Double) {
        self.epochs = epochs
        self.rate = rate
    }
}
