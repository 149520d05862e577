internal import SpaceTime

/// The numbered pictures of one folder, in order of their numbers.
struct PictureFolder {
    /// A picture and the number in its name.
    struct Frame: Sendable {
        var number: Int64
        var source: Survey.Source
    }

    /// Absolute; tells folders apart.
    let path: String
    private(set) var frames: [Frame] = []

    static let suffixes: Set<String> = ["png", "jpg", "jpeg"]

    /// The folder's own name.
    var name: String { PictureName.last(of: path) }
    /// The name of the folder that holds it.
    var parentName: String { path.split(separator: "/").dropLast().last.map(String.init) ?? "" }
    /// The names of the folders above it, nearest first, up to the one that the user gave.
    var namesAbove: [String] { frames.first.map { Array(PictureName.folders(of: $0.source).dropFirst()) } ?? [] }
    /// The folder's name inside the data set; empty for the folder the user gave.
    var relativeName: String {
        guard let first = frames.first else { return "" }
        return first.source.name.split(separator: "/").dropLast().joined(separator: "/")
    }

    /// Sorts pictures by folder, and within it by number; folders in natural order of their paths.
    ///
    /// - Parameter number: the number in a name without suffix; nil leaves the file out.
    static func all(
        in files: SourceFiles, number: (_ stem: String) -> Int64?
    ) throws(ReaderError) -> (folders: [PictureFolder], leftOut: [Survey.Source]) {
        var folders: [String: PictureFolder] = [:]
        var leftOut: [Survey.Source] = []
        for source in files.files where suffixes.contains(PictureName.suffix(of: source.name)) {
            guard let value = number(PictureName.stem(of: source.name)) else {
                leftOut.append(source)
                continue
            }
            let path = source.path.split(separator: "/").dropLast().joined(separator: "/")
            folders[path, default: PictureFolder(path: path)].frames.append(Frame(number: value, source: source))
        }
        var sorted = folders.values.sorted { NaturalOrder.precedes($0.path, $1.path) }
        for index in sorted.indices { try sorted[index].sort() }
        return (sorted, leftOut)
    }

    private mutating func sort() throws(ReaderError) {
        frames.sort { $0.number < $1.number }
        for (one, other) in zip(frames, frames.dropFirst()) where one.number == other.number {
            let message = "has the frame number \(one.number), and so has \(other.source.name); keep one of them"
            throw ReaderError(.damaged, message, path: one.source.path)
        }
    }

    /// - Throws: `.damaged` naming the first number that is missing between the first picture and the last.
    func checkComplete() throws(ReaderError) {
        guard let first = frames.first, let last = frames.last else { return }
        // Numbering begins with 0 or 1.
        var expected = min(first.number, 1)
        for frame in frames {
            guard frame.number == expected else {
                let missing = frame.number - expected
                let further = missing > 1 ? " and \(missing - 1) after it" : ""
                let message =
                    "frame \(expected)\(further) is missing among the frames up to \(last.number); "
                    + "copy the folder anew, since closing the gap would falsify the motion"
                throw ReaderError(.damaged, message, path: "/" + path)
            }
            expected += 1
        }
    }

    /// - Throws: `.damaged` where JPEG and PNG lie in the folder side by side.
    func checkOneKind() throws(ReaderError) {
        guard let first = frames.first else { return }
        let isPNG = PictureName.suffix(of: first.source.name) == "png"
        for frame in frames where (PictureName.suffix(of: frame.source.name) == "png") != isPNG {
            let message = "is of another kind than \(first.source.name) in the same folder; a sequence has one kind"
            throw ReaderError(.damaged, message, path: frame.source.path)
        }
    }
}

/// Parts of file names.
enum PictureName {
    static func last(of path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// In lower case, without the dot; empty where there is none.
    static func suffix(of path: String) -> String {
        let name = last(of: path)
        return name.lastIndex(of: ".").map { name[name.index(after: $0)...].lowercased() } ?? ""
    }

    static func stem(of path: String) -> String {
        let name = last(of: path)
        return name.lastIndex(of: ".").map { String(name[..<$0]) } ?? name
    }

    /// The names of the folders above a file, nearest first, up to the one that the user gave: what lies above that says
    /// nothing about the data.
    static func folders(of source: Survey.Source) -> [String] {
        let depth = source.name.split(separator: "/").count
        return source.path.split(separator: "/").dropLast().suffix(depth).reversed().map(String.init)
    }

    /// The runs of ASCII digits in a text, as numbers; runs too long for a number are nil.
    static func numbers(in text: String) -> [Int64?] {
        text.split { !($0.isASCII && $0.isNumber) }.map { Int64($0) }
    }

    /// The whole text as a number without sign.
    static func number(_ text: some StringProtocol) -> Int64? {
        text.allSatisfy { $0.isASCII && $0.isNumber } ? Int64(text) : nil
    }
}
