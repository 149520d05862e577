extension SplitRule: CustomStringConvertible {
    /// The rule as `--split` takes it; parses back as the same rule.
    public var description: String {
        switch self {
        case .source: "source"
        case .allTrain: "train"
        case .sequenceDates(let validation, let test): "dates:\(SplitRule.pair(validation, test))"
        case .frameDates(let validation, let test): "frame-dates:\(SplitRule.pair(validation, test))"
        case .lastDays(let validation, let test): "last-days:\(validation)/\(test)"
        case .time(let shares): "time:\(shares)"
        case .group(let shares): "group:\(shares)"
        case .groups(let validation, let test):
            "group:validation=\(SplitRule.written(validation));test=\(SplitRule.written(test))"
        }
    }

    /// What `--split` takes, for help texts and messages.
    public static let syntax = """
        source, train, time:80/10/10, group:80/10/10, group:validation=A,B;test=C,D, dates:2019-01-01/2019-06-01, \
        frame-dates:2019-01-01/2019-06-01 or last-days:28/28
        """

    /// Reads a rule as `--split` writes it. In names of groups, `%` and two hexadecimal digits stand for a byte.
    ///
    /// - Throws: `ReaderError` `.usage` saying what is wrong and what is allowed.
    public init(parsing text: String) throws(ReaderError) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let word = String(parts[0])
        guard parts.count == 2 else {
            switch word {
            case "source": self = .source
            case "train": self = .allTrain
            default: throw SplitRule.fault(text, "there is no such rule")
            }
            return
        }
        self = try SplitRule.parse(word, String(parts[1]), in: text)
    }

    private static func parse(_ word: String, _ value: String, in text: String) throws(ReaderError) -> SplitRule {
        switch word {
        case "time": return .time(try Shares(parsing: value, in: text))
        case "group" where value.contains("="): return try groups(value, in: text)
        case "group": return .group(try Shares(parsing: value, in: text))
        case "dates":
            let (validation, test) = try dates(value, in: text)
            return .sequenceDates(validationAfter: validation, testAfter: test)
        case "frame-dates":
            let (validation, test) = try dates(value, in: text)
            return .frameDates(validationFrom: validation, testFrom: test)
        case "last-days": return try lastDays(value, in: text)
        default: throw fault(text, "there is no rule `\(word)`")
        }
    }

    private static func dates(_ value: String, in text: String) throws(ReaderError) -> (Int64, Int64) {
        let parts = value.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = SplitDate(parts[0]), let second = SplitDate(parts[1]) else {
            throw fault(text, "two dates such as 2019-01-01/2019-06-01 are needed")
        }
        guard first.seconds <= second.seconds else { throw fault(text, "the first date lies after the second") }
        return (first.seconds, second.seconds)
    }

    private static func lastDays(_ value: String, in text: String) throws(ReaderError) -> SplitRule {
        let parts = value.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let validation = parts[0], let test = parts[1], dayRange.contains(validation),
            dayRange.contains(test)
        else { throw fault(text, "two numbers of days such as 28/28 (validation, test) are needed") }
        return .lastDays(validation: validation, test: test)
    }

    /// Days that `last-days` takes: up to a hundred years.
    static let dayRange = 0...36_525

    private static func groups(_ value: String, in text: String) throws(ReaderError) -> SplitRule {
        var named: [String: [String]] = [:]
        for part in value.split(separator: ";", omittingEmptySubsequences: false) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let split = String(pair[0])
            guard pair.count == 2, split == "validation" || split == "test", named[split] == nil else {
                throw fault(text, "groups are named as validation=A,B;test=C,D")
            }
            named[split] = try names(String(pair[1]), in: text)
        }
        return .groups(validation: named["validation"] ?? [], test: named["test"] ?? [])
    }

    private static func names(_ value: String, in text: String) throws(ReaderError) -> [String] {
        var result: [String] = []
        if value.isEmpty { return result }
        for part in value.split(separator: ",", omittingEmptySubsequences: false) {
            guard let name = unescaped(part), !name.isEmpty else {
                throw fault(text, "`\(part)` is no name of a group")
            }
            result.append(name)
        }
        return result
    }

    private static func fault(_ text: String, _ reason: String) -> ReaderError {
        ReaderError(.usage, "--split \(text): \(reason); it takes \(syntax)")
    }

    fileprivate static func sharesFault(_ text: String) -> ReaderError {
        fault(text, "three whole shares that make 100, such as 80/10/10 (training, validation, test), are needed")
    }
}

extension SplitRule {
    private static func pair(_ first: Int64, _ second: Int64) -> String {
        "\(SplitDate(seconds: first))/\(SplitDate(seconds: second))"
    }

    private static func written(_ names: [String]) -> String { names.map(escaped).joined(separator: ",") }

    private static func escaped(_ name: String) -> String {
        var bytes: [UInt8] = []
        for byte in name.utf8 {
            if byte <= 0x20 || byte == 0x7F || Array("%,;=".utf8).contains(byte) {
                let digits = String(byte, radix: 16, uppercase: true)
                bytes += Array((digits.count == 1 ? "%0" : "%").utf8) + Array(digits.utf8)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func unescaped(_ text: some StringProtocol) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            let digits = String(decoding: rest.prefix(2), as: UTF8.self)
            guard rest.count >= 2, !digits.hasPrefix("+"), let value = UInt8(digits, radix: 16) else { return nil }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}

extension SplitRule.Shares: CustomStringConvertible {
    public var description: String { "\(train)/\(validation)/\(test)" }

    /// Whether the shares are parts of a hundred that make a hundred.
    var areWhole: Bool {
        let range = 0...100
        guard range.contains(train), range.contains(validation), range.contains(test) else { return false }
        return train + validation + test == 100
    }

    fileprivate init(parsing value: String, in text: String) throws(ReaderError) {
        let parts = value.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let train = parts[0], let validation = parts[1], let test = parts[2] else {
            throw SplitRule.sharesFault(text)
        }
        self.init(train: train, validation: validation, test: test)
        guard areWhole else { throw SplitRule.sharesFault(text) }
    }
}
