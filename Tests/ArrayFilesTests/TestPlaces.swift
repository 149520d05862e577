import Foundation
import Testing

/// A folder of one test, removed with it.
final class TestFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "stbank-test-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
}

enum Places {
    static let packageRoot: String = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { url.deleteLastPathComponent() }
        return url.path
    }()

    /// The folder of real files; nil, with a line in the output, where it is absent.
    static func realData(_ name: String) -> String? {
        let root = ProcessInfo.processInfo.environment["STBANK_REAL_DATA"] ?? packageRoot + "/../shared/data"
        let path = root + "/" + name
        if FileManager.default.fileExists(atPath: path) { return path }
        print("not run: \(name) is not below \(root); set STBANK_REAL_DATA")
        return nil
    }
}

/// The Python of `make setup`, which makes and checks files with other people's software.
enum Python {
    static var executable: String? {
        let found = [
            ProcessInfo.processInfo.environment["STBANK_PYTHON"], Places.packageRoot + "/.venv/bin/python3",
        ].compactMap(\.self).first { FileManager.default.isExecutableFile(atPath: $0) }
        if found == nil { print("not run: no .venv; call make setup, or set STBANK_PYTHON") }
        return found
    }

    /// Runs a script in a folder and returns what it prints; nil where there is no Python.
    static func run(_ script: String, in folder: TestFolder) throws -> String? {
        guard let executable else { return nil }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = ["-c", script]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "the script failed")
        return String(bytes: output, encoding: .utf8)?.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
