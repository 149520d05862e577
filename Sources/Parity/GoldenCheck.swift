/// Knows one kind of golden file.
package protocol GoldenCheck {
    /// Whether this file is of the kind.
    static func claims(_ file: GoldenFile) -> Bool

    /// The groups that `--only` may name in this file.
    static func groups(of file: GoldenFile) throws -> [String]

    /// Compares one group; more than one line where it has parts. Errors become failed lines.
    ///
    /// - Parameter weights: a file of weights to take in place of those of the golden file.
    static func lines(of group: String, in file: GoldenFile, weights: String?) throws -> [ParityLine]
}
