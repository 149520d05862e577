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
    /// Decay of the weights; nil for none.
    public var decay: Decay?
    /// Matrix products and convolutions in bfloat16.
    public var bfloat16 = false

    /// How much weights shrink, beside their gradients.
    public struct Decay: Hashable, Sendable, Codable {
        public var amount: Double
        /// Of the weights themselves (AdamW) instead of through the gradients; biases and norms, which have one axis, are
        /// left alone then.
        public var isDecoupled: Bool

        public init(amount: Double, isDecoupled: Bool) {
            self.amount = amount
            self.isDecoupled = isDecoupled
        }
    }

    public init(epochs: Int, rate: Double) {
        self.epochs = epochs
        self.rate = rate
    }
}
