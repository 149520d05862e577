package import SpaceTime

/// Sizes computed from untrusted numbers.
package enum CheckedSize {
    /// The largest array that is taken for real: 64 TiB.
    package static let limit = 1 << 46

    /// The product of lengths; nil where one is negative or the product exceeds `limit`.
    package static func product(_ lengths: some Sequence<Int>) -> Int? {
        var result = 1
        var isEmpty = false
        for length in lengths {
            if length < 0 { return nil }
            if length == 0 {
                isEmpty = true
                continue
            }
            let (next, overflow) = result.multipliedReportingOverflow(by: length)
            if overflow || next > limit { return nil }
            result = next
        }
        return isEmpty ? 0 : result
    }

    /// - Throws: `.damaged` naming the shape where the product is beyond all reason.
    package static func product(_ lengths: [Int], of what: String, path: String) throws(ReaderError) -> Int {
        if let result = product(lengths) { return result }
        throw ReaderError(.damaged, "\(what) declares an impossible size \(lengths)", path: path)
    }
}
