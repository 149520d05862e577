import FoundationEssentials
import Readers
import SpaceTime

/// Prints all formats with version and settings as JSON.
enum Formats {
    private struct Format: Encodable {
        var format: String
        var version: Int
        var options: [ReaderOption]
    }

    static func show() {
        let all = Registry.readers.map {
            Format(format: $0.format, version: $0.version, options: $0.options + Selection.options)
        }
        guard let data = try? JSONEncoder().encode(all) else { preconditionFailure("formats are plain values") }
        print(String(decoding: data, as: UTF8.self))
    }
}
