/// What some bytes are wrapped in, told from how they begin.
package enum ArchiveKind: Hashable, Sendable {
    case gzip, bzip2, xz
    case tar, zip
    case none

    /// - Parameter prefix: the first 512 bytes, or all where there are fewer.
    package init(prefix: [UInt8]) {
        if prefix.starts(with: [0x1f, 0x8b, 0x08]) {
            self = .gzip
        } else if prefix.count >= 10, prefix.starts(with: Array("BZh".utf8)), ArchiveKind.isBzip2Block(prefix[4..<10]) {
            self = .bzip2
        } else if prefix.starts(with: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]) {
            self = .xz
        } else if prefix.starts(with: [0x50, 0x4b, 0x03, 0x04]) || prefix.starts(with: [0x50, 0x4b, 0x05, 0x06]) {
            self = .zip
        } else {
            self = ArchiveKind.isTarHeader(prefix) ? .tar : .none
        }
    }

    /// The magic number of a block, or of the end of an empty stream.
    private static func isBzip2Block(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.elementsEqual([0x31, 0x41, 0x59, 0x26, 0x53, 0x59])
            || bytes.elementsEqual([0x17, 0x72, 0x45, 0x38, 0x50, 0x90])
    }

    /// A tar header proves itself by the sum of its bytes, old forms without a magic word as well.
    private static func isTarHeader(_ prefix: [UInt8]) -> Bool {
        guard prefix.count == 512, prefix[0] != 0 else { return false }
        var stored = 0
        for byte in prefix[148..<156] where byte != 0x20 && byte != 0 {
            guard (0x30...0x37).contains(byte) else { return false }
            stored = stored * 8 + Int(byte - 0x30)
        }
        let sum = prefix.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 0x20 : Int($1.element)) }
        return stored == sum
    }

    /// Whether it is one compressed stream rather than a container of members.
    var isFilter: Bool { self == .gzip || self == .bzip2 || self == .xz }
    var isContainer: Bool { self == .tar || self == .zip }

    /// A name without the ending that the wrapping gave it: `a.bin.gz` is `a.bin`, `a.tgz` is `a.tar`.
    func unwrapped(_ name: String) -> String {
        let endings: [(String, String)] =
            switch self {
            case .gzip: [(".gz", ""), (".tgz", ".tar"), (".GZ", "")]
            case .bzip2: [(".bz2", ""), (".tbz2", ".tar"), (".tbz", ".tar")]
            case .xz: [(".xz", ""), (".txz", ".tar")]
            case .tar, .zip, .none: []
            }
        for (ending, replacement) in endings where name.hasSuffix(ending) && name.count > ending.count {
            return String(name.dropLast(ending.count)) + replacement
        }
        return name
    }
}
