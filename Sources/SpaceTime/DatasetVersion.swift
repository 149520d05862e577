/// `MAJOR.MINOR.PATCH` of a data set's content.
public struct DatasetVersion: Hashable, Sendable, Comparable, LosslessStringConvertible {
    public var major: Int
    public var minor: Int
    public var patch: Int

    public static let first = DatasetVersion(major: 1, minor: 0, patch: 0)

    public init(major: Int, minor: Int, patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let numbers = parts.compactMap { Int($0) }
        guard parts.count == 3, numbers.count == 3, numbers.allSatisfy({ (0...999_999).contains($0) }) else {
            return nil
        }
        self.init(major: numbers[0], minor: numbers[1], patch: numbers[2])
        guard description == text else { return nil }
    }

    public var description: String { "\(major).\(minor).\(patch)" }

    public static func < (left: DatasetVersion, right: DatasetVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
