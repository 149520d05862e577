/// What the user pointed a reader at.
public struct Location: Hashable, Sendable, Codable {
    /// Files and folders, absolute.
    public var paths: [String]
    /// A folder for scratch files that may become as large as the source; emptied by whoever gave it.
    public var scratch: String
    /// Threads a reader may use for inflating and transposing.
    public var threads: Int

    public init(paths: [String], scratch: String, threads: Int) {
        self.paths = paths
        self.scratch = scratch
        self.threads = threads
    }
}
