/// Takes the frames a reader delivers. For each part: `begin`, then `write` until each field has all its frames, then `end`.
///
/// Fields of a part may come one after the other or by turns; the frames of one field come in order.
public protocol FrameSink: AnyObject {
    /// How many frames of a field one `write` may carry; at least 1.
    func capacity(ofField field: Int) -> Int

    /// Begins a part. `covariates` holds, in the order of `Survey.covariates`, frame by frame, `width` numbers each.
    func begin(_ part: FrameRange, covariates: [[Double]]) throws

    /// Hands over the next `count` frames of a field: `fill` writes all bytes of `count` frames (frame, channel, row, column).
    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws

    func end() throws

    /// Gives up the sequence begun last: it turned out to be damaged, is left out whole, and the reason is reported.
    func refuse(_ reason: String) throws

    /// Adds to a count shown at the end and kept in the record ("negative values taken as missing").
    func tally(_ what: String, by amount: Int) throws
}
