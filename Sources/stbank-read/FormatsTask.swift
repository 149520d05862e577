internal import Foundation
internal import Handover
internal import Readers
internal import SpaceTime

/// Lists the formats with their versions and options, as JSON.
struct FormatsTask {
    func run() throws -> [UInt8] {
        let formats = Registry.readers.map { reader in
            FormatDescription(
                format: reader.format, version: reader.version, options: reader.options + Selection.options)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return [UInt8](try encoder.encode(formats)) + [UInt8(ascii: "\n")]
    }
}
