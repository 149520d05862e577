import Foundation
import Testing

/// The worked numbers of the method, which lie outside the project.
enum Golden {
    static let comment: Comment =
        "the worked numbers are not there: STBANK_GOLDEN names no folder with method.h5 and ../shared/golden is absent"

    static let path: String = {
        if let folder = ProcessInfo.processInfo.environment["STBANK_GOLDEN"] { return folder + "/method.h5" }
        let project = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return project.deletingLastPathComponent().appendingPathComponent("shared/golden/method.h5").path
    }()

    static var isThere: Bool {
        let found = FileManager.default.fileExists(atPath: path)
        if !found { print("not run: \(path) is not there; STBANK_GOLDEN may name the folder") }
        return found
    }
}
