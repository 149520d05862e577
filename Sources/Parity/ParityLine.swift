/// The outcome of comparing one group of a golden file.
package struct ParityLine: Hashable, Sendable, Codable {
    /// The golden file's name.
    package var file: String
    /// What was compared, such as `output` or `grad`.
    package var group: String
    /// The largest absolute difference; nil where nothing could be compared.
    package var difference: Double?
    package var tolerance: Double?
    package var passed: Bool
    /// Where the largest difference is, or why nothing could be compared.
    package var detail: String?

    package init(_ file: String, _ group: String, difference: Double, tolerance: Double, detail: String? = nil) {
        self.file = file
        self.group = group
        self.difference = difference
        self.tolerance = tolerance
        passed = difference <= tolerance
        self.detail = detail
    }

    /// A failure without numbers.
    package init(_ file: String, _ group: String, failure: String) {
        self.file = file
        self.group = group
        passed = false
        detail = failure
    }
}
