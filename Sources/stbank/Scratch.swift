import DataBank
import Glibc
import SpaceTime

/// A folder for readers' scratch files; removed with all that is in it when this goes.
final class Scratch {
    let path: String

    /// - Parameter bank: the folder of the bank, on whose disk the scratch lies; the system's own place where nil.
    init(beside bank: String?) throws {
        var template = Array("\(bank.map { $0 + "/staging" } ?? "/tmp")/scratch-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw ReaderError(.system, "cannot make a scratch folder: \(String(cString: strerror(errno)))", path: bank)
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? Disk.removeTree(path) }

    /// A path that does not depend on the current folder.
    static func absolute(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
