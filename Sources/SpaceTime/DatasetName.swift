/// The name of a data set: `[a-z0-9]+([-+][a-z0-9]+)*`, at most 100 characters.
public struct DatasetName: Hashable, Sendable, Comparable, LosslessStringConvertible {
    public let description: String

    public init?(_ text: String) {
        let words = text.split(omittingEmptySubsequences: false) { $0 == "-" || $0 == "+" }
        let isWord = { (word: Substring) in
            !word.isEmpty && word.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) }
        }
        guard text.utf8.count <= 100, words.allSatisfy(isWord) else { return nil }
        description = text
    }

    public static func < (left: DatasetName, right: DatasetName) -> Bool { left.description < right.description }
}
