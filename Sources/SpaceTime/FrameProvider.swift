/// Surveyed frames that can be asked for: what a bank ingests from. The reader process is one; tests have their own.
public protocol FrameProvider: AnyObject {
    var survey: Survey { get }

    /// Delivers the frames of `parts`, in the order given. What the receiver throws ends the delivery and is thrown on.
    func deliver(_ parts: [FrameRange], to receiver: any FrameReceiver) throws
}

/// Takes delivered frames; the calls come in the order of `FrameSink`'s.
public protocol FrameReceiver: AnyObject {
    func begin(_ part: FrameRange, covariates: [[Double]]) throws
    func receive(_ block: FrameBlock, field: Int, count: Int) throws
    func end() throws
    /// The sequence begun last is damaged and is left out whole.
    func refuse(_ reason: String) throws
    func tally(_ what: String, by amount: Int) throws
}
