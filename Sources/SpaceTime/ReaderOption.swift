/// One key that `--set KEY=VALUE` takes.
public struct ReaderOption: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case text
        /// 1 or more.
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

/// In JSON the kind is a plain name; the words of a choice stand beside it as `words`.
extension ReaderOption: Codable {
    private enum CodingKeys: CodingKey {
        case key, kind, words, standard, help
    }

    private enum KindName: String, Codable {
        case text, integer, number, choice, choices, size, box
    }

    public init(from decoder: any Decoder) throws {
        let members = try decoder.container(keyedBy: CodingKeys.self)
        key = try members.decode(String.self, forKey: .key)
        standard = try members.decode(String.self, forKey: .standard)
        help = try members.decode(String.self, forKey: .help)
        kind =
            switch try members.decode(KindName.self, forKey: .kind) {
            case .text: .text
            case .integer: .integer
            case .number: .number
            case .choice: .choice(try members.decode([String].self, forKey: .words))
            case .choices: .choices(try members.decode([String].self, forKey: .words))
            case .size: .size
            case .box: .box
            }
    }

    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: CodingKeys.self)
        try members.encode(key, forKey: .key)
        try members.encode(standard, forKey: .standard)
        try members.encode(help, forKey: .help)
        let (name, words): (KindName, [String]?) =
            switch kind {
            case .text: (.text, nil)
            case .integer: (.integer, nil)
            case .number: (.number, nil)
            case .choice(let words): (.choice, words)
            case .choices(let words): (.choices, words)
            case .size: (.size, nil)
            case .box: (.box, nil)
            }
        try members.encode(name, forKey: .kind)
        try members.encodeIfPresent(words, forKey: .words)
    }
}
