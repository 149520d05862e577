import DataBank
import FoundationEssentials
import Handover
import SpaceTime

/// A YAML or JSON file of settings; parsed by the reader process, like all foreign bytes.
enum RecipeFile {
    static func value(of path: String) throws -> JSONValue {
        guard let text = try Disk.text(of: path, limit: 1 << 20) else {
            throw ReaderError(.usage, "there is no such recipe", path: path)
        }
        let json = try ReaderTask.run(executable: ReaderExecutable.path(), ["recipe"], input: Array(text.utf8))
        return try JSONDecoder().decode(JSONValue.self, from: Data(json))
    }
}
