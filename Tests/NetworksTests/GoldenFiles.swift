import Foundation

/// The project's golden files, which lie outside of it.
enum GoldenFiles {
    static let folder: String = {
        if let named = ProcessInfo.processInfo.environment["STBANK_GOLDEN"], !named.isEmpty { return named }
        let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        return here.appendingPathComponent("../../../shared/golden").standardized.path
    }()

    static func path(_ name: String) -> String { folder + "/" + name + ".h5" }

    static func isThere(_ name: String) -> Bool {
        let found = FileManager.default.fileExists(atPath: path(name))
        if !found { print("not run: \(path(name)) is not there; STBANK_GOLDEN may name another folder") }
        return found
    }
}
