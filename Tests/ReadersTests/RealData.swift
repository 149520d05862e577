import Foundation
import Testing

/// The pieces of real data, which lie outside the project.
enum RealData {
    static let comment: Comment =
        "the real data are not there: STBANK_REAL_DATA names no folder and ../shared/data is absent"

    static func path(_ name: String) -> String { ExpectedContent.root("real") + "/" + name }

    static func isThere(_ name: String) -> Bool {
        let found = FileManager.default.fileExists(atPath: path(name))
        if !found { print("not run: \(path(name)) is not there; STBANK_REAL_DATA may name another place") }
        return found
    }
}
