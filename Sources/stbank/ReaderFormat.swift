import FoundationEssentials
import SpaceTime

/// A format that `stbank-read` knows.
struct ReaderFormat: Codable {
    var format: String
    var version: Int
    var options: [ReaderOption]

    static func all() throws -> [ReaderFormat] {
        let text = try ReaderTool.run(["formats"])
        return try JSONDecoder().decode([ReaderFormat].self, from: Data(text.utf8))
    }

    static func named(_ name: String) throws -> ReaderFormat {
        let all = try all()
        guard let found = all.first(where: { $0.format == name }) else {
            throw ReaderError(.usage, "there is no format `\(name)`; there are \(all.map(\.format).joined(separator: ", "))")
        }
        return found
    }
}
