/// How a user names a data set: `name`, `name@1.2.0` or `name@1.2.0#9f3c21a`.
public struct DatasetReference: Hashable, Sendable, LosslessStringConvertible {
    public var name: DatasetName
    /// The highest version where nil.
    public var version: DatasetVersion?
    /// The first digits of the content digest that the data set must have.
    public var pin: String?

    public init(name: DatasetName, version: DatasetVersion? = nil, pin: String? = nil) {
        self.name = name
        self.version = version
        self.pin = pin
    }

    public init?(_ text: String) {
        let pinned = text.split(separator: "#", omittingEmptySubsequences: false)
        guard pinned.count <= 2 else { return nil }
        let parts = pinned[0].split(separator: "@", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let name = DatasetName(String(parts[0])) else { return nil }
        self.name = name
        if parts.count == 2 {
            guard let version = DatasetVersion(String(parts[1])) else { return nil }
            self.version = version
        }
        if pinned.count == 2 {
            let pin = pinned[1].lowercased()
            guard (4...64).contains(pin.count), pin.allSatisfy(\.isHexDigit) else { return nil }
            self.pin = pin
        }
    }

    public var description: String {
        name.description + (version.map { "@\($0)" } ?? "") + (pin.map { "#\($0)" } ?? "")
    }
}
