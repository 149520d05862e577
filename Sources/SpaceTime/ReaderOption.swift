/// One key that `--set KEY=VALUE` takes.
public struct ReaderOption: Hashable, Sendable, Codable {
    public enum Kind: Hashable, Sendable, Codable {
        case text
        case integer
        case number
        case choice([String])
        /// Some of the words, joined by commas.
        case choices([String])
        /// `HxW`.
        case size
        /// `ROW:COLUMN:HxW`.
        case box
    }

    public var key: String
    public var kind: Kind
    /// The value that holds where none is given, in words where it depends on the source.
    public var standard: String
    public var help: String

    public init(_ key: String, _ kind: Kind, standard: String, help: String) {
        self.key = key
        self.kind = kind
        self.standard = standard
        self.help = help
    }
}
