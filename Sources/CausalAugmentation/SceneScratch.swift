package import Streaming

/// Working memory of one thread that makes copies of windows.
package final class SceneScratch {
    package let mixing = MixingScratch()
    let fill = FillScratch()
    /// Of patches' values.
    package let values = RawRoom()
    /// Of the window, and of the donor.
    let window = RawRoom()
    let donor = RawRoom()

    package init() {}

    /// The one that lives beside a stream's own.
    static func beside(_ scratch: FillScratch) -> SceneScratch {
        if let own = scratch.environment as? SceneScratch { return own }
        let own = SceneScratch()
        scratch.environment = own
        return own
    }
}
