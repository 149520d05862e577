internal import SpaceTime

/// What the user chose for TaxiBJ.
struct TaxiBJSettings {
    enum Variant: String, CaseIterable {
        case auto, yearly, strn, reshaped, urbanfm, openstl, predbench, dltraff
    }

    var variant = Variant.auto
    /// Whether days of which a slot is missing are left out.
    var onlyCompleteDays = false

    static let options = [
        ReaderOption(
            "variant", .choice(Variant.allCases.map(\.rawValue)), standard: "auto",
            help: "The form the files have; auto looks at their names and contents."),
        ReaderOption(
            "days", .choice(["all", "complete"]), standard: "all",
            help: "Whether days of which a slot is missing stay, with a hole, or are left out as ST-ResNet does."),
    ]

    init(_ settings: ReaderSettings) throws(ReaderError) {
        if let word = settings["variant"] {
            guard let choice = Variant(rawValue: word) else { throw TaxiBJSettings.unknown("variant", word) }
            variant = choice
        }
        if let word = settings["days"] {
            guard ["all", "complete"].contains(word) else { throw TaxiBJSettings.unknown("days", word) }
            onlyCompleteDays = word == "complete"
        }
    }

    private static func unknown(_ key: String, _ value: String) -> ReaderError {
        let help = options.first { $0.key == key }?.help ?? ""
        return ReaderError(.usage, "--set \(key)=\(value) cannot be used: \(help)")
    }
}
