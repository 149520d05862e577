package import DataBank
package import SpaceTime

/// Gives the copies of windows: what they replace of the original, in stored units. Stored or made on the fly, the bytes are the same.
package protocol EnvironmentSource: Sendable {
    /// As a resolved plan names it: everything that the copies follow from.
    var identity: JSONValue { get }
    /// N.
    var copies: Int { get }

    /// The copies of a window of the stream's plan.
    ///
    /// - Parameter original: the window's T input frames, cropped, one behind the other; lent as long as the copies are used.
    func copies(
        of window: WindowPlace, frames: [Range<Int>], original: UnsafeRawBufferPointer, _ scratch: FillScratch
    ) throws(BankError) -> any WindowCopies
}

/// The copies of one window, lent until the next one is asked for with the same scratch.
package protocol WindowCopies {
    /// Whether a copy, from 1, replaces something in a frame of the window.
    func changes(copy: Int, frame: Int) -> Bool

    /// Puts what a copy replaces over a frame of the original.
    func paste(copy: Int, frame: Int, over bytes: UnsafeMutableRawPointer) throws(BankError)
}

/// How originals and copies come in batches.
public enum CopyMode: String, Hashable, Sendable, CaseIterable {
    /// Original and all copies of a window side by side; they share one target.
    case parallel
    /// As N + 1 times as many samples.
    case appended
}
