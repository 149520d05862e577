import CCrypto
import FoundationEssentials
import Glibc
import Pictures
import SpaceTime

/// Files made by Pillow and ffmpeg (Fixtures/make.py), and the numbers these programs read from them.
enum Samples {
    static let rows = 22
    static let columns = 30

    static func path(_ name: String) -> String {
        let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        return "/\(folder)/Fixtures/\(name)"
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(filePath: path)))
    }

    /// What the other program decoded: frame, channel, row, column.
    static func expected(_ name: String) throws -> [UInt8] { try bytes(path(name + ".raw")) }

    static func sha256(_ bytes: [UInt8]) -> String {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        _ = SHA256(bytes, bytes.count, &digest)
        return digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    static var realData: String {
        if let given = ProcessInfo.processInfo.environment["STBANK_REAL_DATA"] { return given }
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        return "/\(root)/../shared/data"
    }
}

/// A folder of a test's own that goes with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        var template = Array("\(TemporaryFolder.parent)/stbank-test-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw ReaderError(.system, "no temporary folder") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static var parent: String { ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp" }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = "\(path)/\(name)"
        try Data(bytes).write(to: URL(filePath: file))
        return file
    }

    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// All frames of a film, one behind the other.
func frames(of path: String, _ planes: FilmFile.Planes, rows: Int, columns: Int) throws -> [UInt8] {
    var film = try FilmFile(path)
    var result: [UInt8] = []
    var frame = [UInt8](repeating: 0, count: rows * columns * Int(planes.rawValue))
    while try frame.withUnsafeMutableBytes({ try film.next(planes, into: $0) }) { result += frame }
    return result
}

func decode(_ path: String) throws -> (PictureHeader, [UInt8]) {
    let picture = PictureFile(path)
    let header = try picture.header()
    var values = [UInt8](repeating: 0, count: header.byteCount)
    try values.withUnsafeMutableBytes { try picture.decode(into: $0, expecting: header) }
    return (header, values)
}
