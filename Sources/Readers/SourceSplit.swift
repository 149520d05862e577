internal import SpaceTime

/// Splits that a source writes into its file and folder names.
enum SourceSplit {
    /// The split that a name's parts between `/`, `_`, `-`, `.` and blanks say; nil where none or several different do.
    static func named(in name: String) -> Split? {
        let words = name.lowercased().split { "/_-. ".contains($0) }
        let splits = Set(words.compactMap(split(of:)))
        return splits.count == 1 ? splits.first : nil
    }

    static func split(of word: some StringProtocol) -> Split? {
        switch word {
        case "train", "training": .train
        case "valid", "val", "validation": .validation
        case "test", "testing": .test
        default: nil
        }
    }

    /// The rule for sequences of which the source labels all, or else none: groups drawn 80/10/10.
    static func rule(for sequences: inout [SequenceSurvey]) -> (rule: SplitRule, note: String?) {
        if sequences.allSatisfy({ $0.split != nil }) { return (.source, nil) }
        let some = sequences.contains { $0.split != nil }
        for index in sequences.indices { sequences[index].split = nil }
        let note =
            some
            ? "Only some names say training or test: without --split they are drawn 80/10/10."
            : "The files do not say training or test: without --split they are drawn 80/10/10."
        return (.group(.init(train: 80, validation: 10, test: 10)), note)
    }
}
