package import SpaceTime

/// Threads and scratch space for reading one source.
package struct ReadResources: Hashable, Sendable {
    /// Threads for inflating and transposing; at least 1.
    package var threads: Int
    /// A folder for scratch files that may become as large as the source.
    package var scratch: String
    /// Bytes of memory for frames read ahead.
    package var budget: Int

    package init(threads: Int, scratch: String, budget: Int = 40 << 20) {
        self.threads = max(1, threads)
        self.scratch = scratch
        self.budget = max(1 << 16, budget)
    }

    package init(_ location: Location) { self.init(threads: location.threads, scratch: location.scratch) }
}
