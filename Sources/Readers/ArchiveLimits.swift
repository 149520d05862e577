internal import SpaceTime

/// How far an archive may unfold before it counts as a bomb.
package struct ArchiveLimits: Hashable, Sendable {
    /// The largest member in bytes that is handed out.
    package var memberBytes: Int
    /// Bytes unpacked, of all layers together, for each byte of the file. Deflate alone reaches 1032.
    package var expansion: Int
    /// Bytes that may be unpacked whatever the file's size.
    package var slack: Int
    /// Archives and compressed streams inside each other.
    package var depth: Int

    package init(memberBytes: Int, expansion: Int = 1200, slack: Int = 64 << 20, depth: Int = 6) {
        self.memberBytes = memberBytes
        self.expansion = expansion
        self.slack = slack
        self.depth = depth
    }
}

/// What is left of `ArchiveLimits` while one file is unpacked.
final class ArchiveBudget {
    let path: String
    private let allowed: Int
    private var used = 0

    init(_ limits: ArchiveLimits, fileByteCount: Int, path: String) {
        self.path = path
        let (product, overflow) = fileByteCount.multipliedReportingOverflow(by: limits.expansion)
        let (sum, alsoOverflow) = product.addingReportingOverflow(limits.slack)
        allowed = overflow || alsoOverflow ? Int.max : sum
    }

    func charge(_ count: Int) throws(ReaderError) {
        used += count
        guard used > allowed else { return }
        throw ReaderError(
            .damaged, "unpacks to more than \(allowed) bytes, as only archives made to do harm do", path: path)
    }
}
