import Foundation
import Testing

/// Python, to make test inputs by software other than ours.
enum ArchivePython {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// The package's root folder.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The project's own Python with h5py and NumPy; nil where `make setup` has not made it.
    static let virtual: String? = {
        let path = "\(root)/.venv/bin/python"
        if FileManager.default.isExecutableFile(atPath: path) { return path }
        print("no \(path): tests whose inputs h5py makes did not run; `make setup` makes it")
        return nil
    }()

    /// Runs a script in a folder; what it prints comes back.
    @discardableResult
    static func run(_ script: String, in folder: String, with interpreter: String? = nil) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: interpreter ?? "/usr/bin/env")
        process.arguments = (interpreter == nil ? ["python3"] : []) + ["-c", script]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let output = Pipe()
        process.standardOutput = output
        process.standardError = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        guard process.terminationStatus == 0 else { throw Failure(description: text) }
        return text
    }
}
