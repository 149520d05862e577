/// What a network is run for. An argument of every call, so that nothing has to be switched back.
public enum Mode: Hashable, Sendable {
    /// Dropout and drop-path off, running statistics used.
    case evaluation
    /// Dropout and drop-path on, statistics of the batch, which move the running ones.
    case training
    /// As training, but nothing is dropped: the result follows from the input alone.
    case trainingWithoutDropout

    var drops: Bool { self == .training }
    var usesBatchStatistics: Bool { self != .evaluation }
}
