import DataBank
import FoundationEssentials
import Glibc
import SpaceTime

/// A YAML or JSON file of settings; parsed by the reader process, like all foreign bytes.
enum RecipeFile {
    static func value(of path: String) throws -> JSONValue {
        guard let text = try Disk.text(of: path, limit: 1 << 20) else {
            throw ReaderError(.usage, "there is no such recipe", path: path)
        }
        let json = try ReaderTool.run(["recipe"]) { descriptor in
            let bytes = Array(text.utf8)
            guard write(descriptor, bytes, bytes.count) == bytes.count else {
                throw ReaderError(.system, "cannot be handed to stbank-read", path: path)
            }
        }
        return try JSONDecoder().decode(JSONValue.self, from: Data(json.utf8))
    }
}
