/// Who does what in a clip, from its name and the folders that lead to it.
///
/// `person01_boxing_d1_uncomp`; where the name lacks the person, the action or the scenario, the nearest folder that has it
/// gives it (`boxing/person01_d1.avi`).
struct KTHClipName: Hashable {
    static let actions = ["boxing", "handclapping", "handwaving", "jogging", "running", "walking"]

    /// 1 to 25.
    var person: Int
    var action: String
    /// `d1` to `d4` (outdoors, scale change, other clothes, indoors); nil where no name says it.
    var scenario: String?

    /// - Parameters:
    ///   - name: without suffix.
    ///   - folders: the names of the folders above, nearest first.
    init?(_ name: String, folders: some Sequence<String> = []) {
        var person: Int?
        var action: String?
        var scenario: String?
        for text in [name] + folders {
            let words = KTHClipName.words(text)
            person = person ?? words.lazy.compactMap(KTHClipName.person).first
            action = action ?? words.first { KTHClipName.actions.contains($0) }
            scenario = scenario ?? words.first { KTHClipName.isScenario($0) }
        }
        guard let person, let action else { return nil }
        self.person = person
        self.action = action
        self.scenario = scenario
    }

    /// `person01`, the group that splits keep together.
    var group: String { "person" + (person < 10 ? "0" : "") + String(person) }

    /// `person01_boxing_d1`
    var id: String { [group, action, scenario].compactMap { $0 }.joined(separator: "_") }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init)
    }

    private static func person(_ word: String) -> Int? {
        guard word.hasPrefix("person") else { return nil }
        let digits = word.dropFirst("person".count)
        guard (1...2).contains(digits.count), let number = PictureName.number(digits).map(Int.init) else { return nil }
        return (1...25).contains(number) ? number : nil
    }

    private static func isScenario(_ word: String) -> Bool { ["d1", "d2", "d3", "d4"].contains(word) }
}
