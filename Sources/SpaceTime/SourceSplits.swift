/// The splits of the sequences as the source says, with a validation set made where it has none.
struct SourceSplits {
    /// One for each sequence of the survey.
    private(set) var splits: [Split]

    init(_ survey: Survey) {
        splits = survey.sequences.map { $0.split ?? .train }
        guard splits.contains(.train), splits.contains(.test), !splits.contains(.validation) else { return }
        let training = splits.indices.filter { splits[$0] == .train }
        for index in Self.lastTenth(of: training, survey) { splits[index] = .validation }
    }

    /// Whole groups from the end until they hold a tenth of the sequences; the first group is never taken.
    private static func lastTenth(of training: [Int], _ survey: Survey) -> [Int] {
        let wanted = max(1, training.count / 10)
        var members: [String: [Int]] = [:]
        for index in training { members[survey.sequences[index].groupName, default: []].append(index) }
        let fromTheEnd = members.values.sorted { ($0.last ?? 0) > ($1.last ?? 0) }
        var taken: [Int] = []
        for group in fromTheEnd.dropLast() where taken.count < wanted { taken += group }
        return taken
    }
}
