import FoundationEssentials
import Handover
import SpaceTime

/// Settings and split of an ingest: flags over a file.
struct Recipe {
    var settings: [String: String] = [:]
    private(set) var split: String?

    init(flags: [String], split: String?, file: String?) throws {
        if let file { try read(file) }
        for flag in flags {
            guard let equals = flag.firstIndex(of: "="), equals != flag.startIndex else {
                throw ReaderError(.usage, "--set takes KEY=VALUE, not `\(flag)`")
            }
            settings[String(flag[..<equals])] = String(flag[flag.index(after: equals)...])
        }
        self.split = split ?? self.split
    }

    private mutating func read(_ file: String) throws {
        guard case .object(let members) = try RecipeFile.value(of: file) else {
            throw ReaderError(.usage, "a recipe is a mapping with `set` and `split`", path: file)
        }
        for (key, value) in members {
            switch (key, value) {
            case ("set", .object(let pairs)): settings = try pairs.mapValues { try Recipe.text(of: $0, file) }
            case ("split", .text(let rule)): split = rule
            default:
                throw ReaderError(.usage, "a recipe has no `\(key)` of this form; it has `set` and `split`", path: file)
            }
        }
    }

    private static func text(of value: JSONValue, _ file: String) throws(ReaderError) -> String {
        switch value {
        case .text(let text): return text
        case .integer(let number): return String(number)
        case .real(let number): return String(number)
        case .bool(let flag): return flag ? "true" : "false"
        case .array(let values):
            var words: [String] = []
            for value in values { words.append(try text(of: value, file)) }
            return words.joined(separator: ",")
        case .null, .object: throw ReaderError(.usage, "a setting is a word, a number or a list of them", path: file)
        }
    }
}
