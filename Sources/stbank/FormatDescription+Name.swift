import Handover
import SpaceTime

extension FormatDescription {
    /// The format of a name.
    static func named(_ name: String) throws -> FormatDescription {
        let all = try all(executable: ReaderExecutable.path())
        guard let found = all.first(where: { $0.format == name }) else {
            throw ReaderError(
                .usage, "there is no format `\(name)`; there are \(all.map(\.format).joined(separator: ", "))")
        }
        return found
    }
}
