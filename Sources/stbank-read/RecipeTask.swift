internal import Handover
internal import SpaceTime
internal import Yams

/// Reads a recipe, YAML or JSON, and writes it as JSON. Words and numbers alike become texts, as they were written:
/// what they mean is for whoever knows the key.
struct RecipeTask {
    private static let largestText = 64 << 10

    func run() throws -> [UInt8] {
        try TaskLimits.apply(processorSeconds: 5)
        let bytes = try StandardStreams.readAll(atMost: Self.largestText, "a recipe")
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ReaderError(.damaged, "the recipe is not UTF-8 text")
        }
        return Array(try Self.value(of: text).canonicalText.utf8) + [UInt8(ascii: "\n")]
    }

    private static func value(of text: String) throws(ReaderError) -> JSONValue {
        let node: Node?
        do {
            node = try Parser(yaml: text).singleRoot()
        } catch {
            // The parser quotes the text, however long its lines.
            let reason = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ").prefix(300)
            throw ReaderError(.damaged, "the recipe is no YAML or JSON: \(reason)")
        }
        guard let node else { return .object([:]) }
        var budget = RecipeBudget()
        return try budget.value(of: node, depth: 0)
    }
}

/// Turns nodes into values, as long as they are few: an alias may stand for millions.
struct RecipeBudget {
    private static let deepest = 16
    private var nodesLeft = 20_000

    mutating func value(of node: Node, depth: Int) throws(ReaderError) -> JSONValue {
        nodesLeft -= 1
        guard nodesLeft >= 0, depth <= Self.deepest else {
            throw ReaderError(
                .damaged, "the recipe is nested too deeply, or its aliases stand for too much\(place(of: node))")
        }
        switch node {
        case .scalar(let scalar): return Self.value(of: scalar)
        case .sequence(let sequence):
            var values: [JSONValue] = []
            for element in sequence { values.append(try value(of: element, depth: depth + 1)) }
            return .array(values)
        case .mapping(let mapping): return try value(of: mapping, depth: depth)
        case .alias: throw ReaderError(.damaged, "the recipe has an alias that stands for nothing\(place(of: node))")
        }
    }

    private mutating func value(of mapping: Node.Mapping, depth: Int) throws(ReaderError) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for (key, element) in mapping {
            guard case .scalar(let name) = key else {
                throw ReaderError(.damaged, "a key of the recipe is no word\(place(of: key))")
            }
            guard name.string != "<<" else {
                throw ReaderError(.damaged, "the recipe merges mappings by `<<`, which is not taken\(place(of: key))")
            }
            let value = try value(of: element, depth: depth + 1)
            guard members.updateValue(value, forKey: name.string) == nil else {
                throw ReaderError(.damaged, "the recipe has the key `\(name.string)` twice\(place(of: key))")
            }
        }
        return .object(members)
    }

    private static func value(of scalar: Node.Scalar) -> JSONValue {
        let isPlain = scalar.style == .plain || scalar.style == .any
        return isPlain && ["", "~", "null", "Null", "NULL"].contains(scalar.string) ? .null : .text(scalar.string)
    }

    private func place(of node: Node) -> String { node.mark.map { " (line \($0.line), column \($0.column))" } ?? "" }
}
