internal import SpaceTime

/// What the user chose for SEVIR.
struct SEVIRSettings {
    enum Variant: String, CaseIterable {
        case auto, catalogue, events, lr, nowcast, challenge, npy
    }

    enum Kind: String, CaseIterable {
        case all, storm, random
    }

    var variant = Variant.auto
    /// nil: the first that is there.
    var types: [SEVIRType]?
    var kind = Kind.all
    /// The largest missing fraction of an event that is taken.
    var pctMissing = 1.0
    /// nil: all.
    var years: ClosedRange<Int>?

    static let options = [
        ReaderOption(
            "variant", .choice(Variant.allCases.map(\.rawValue)), standard: "auto",
            help: "The form the files have; auto looks at their names and contents."),
        ReaderOption(
            "type", .choices(SEVIRType.words), standard: "vil, else the first there of ir069, ir107, vis, lght",
            help:
                "The types to take; several joined by commas are fields of one data set, the first being the main one."),
        ReaderOption(
            "kind", .choice(Kind.allCases.map(\.rawValue)), standard: "all",
            help: "Storm events, random events or both; needs the catalogue."),
        ReaderOption(
            "pct_missing", .number, standard: "1",
            help: "The largest missing fraction, 0 to 1, of an event in the chosen types; 0 takes complete ones only."),
        ReaderOption(
            "years", .text, standard: "all", help: "Years of time_utc to take: 2018 or 2018-2019; needs the catalogue."),
    ]

    init(_ settings: ReaderSettings) throws(ReaderError) {
        if let word = settings["variant"] {
            guard let choice = Variant(rawValue: word) else { throw SEVIRSettings.unknown("variant", word) }
            variant = choice
        }
        if let word = settings["kind"] {
            guard let choice = Kind(rawValue: word) else { throw SEVIRSettings.unknown("kind", word) }
            kind = choice
        }
        if let words = settings.list("type") { types = try SEVIRSettings.types(words) }
        if let text = settings["pct_missing"] {
            guard let value = Double(text), (0...1).contains(value) else {
                throw SEVIRSettings.unknown("pct_missing", text, "it is a fraction from 0 to 1")
            }
            pctMissing = value
        }
        if let text = settings["years"] { years = try SEVIRSettings.years(text) }
    }

    /// Whether the settings ask for what only a catalogue knows.
    var needsCatalogue: Bool { kind != .all || pctMissing < 1 || years != nil }

    private static func types(_ words: [String]) throws(ReaderError) -> [SEVIRType] {
        var result: [SEVIRType] = []
        for word in words {
            guard let type = SEVIRType(rawValue: word), !result.contains(type) else { throw unknown("type", word) }
            result.append(type)
        }
        guard !result.isEmpty else { throw unknown("type", "") }
        return result
    }

    private static func years(_ text: String) throws(ReaderError) -> ClosedRange<Int> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1],
            first <= last, (1...9999).contains(first), last <= 9999
        else { throw unknown("years", text, "give 2018 or 2018-2019") }
        return first...last
    }

    private static func unknown(_ key: String, _ value: String, _ remedy: String? = nil) -> ReaderError {
        let help = remedy ?? options.first { $0.key == key }?.help ?? ""
        return ReaderError(.usage, "--set \(key)=\(value) cannot be used: \(help)")
    }
}
