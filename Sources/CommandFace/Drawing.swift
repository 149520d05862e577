internal import Glibc
internal import Handover

/// Pictures on their way to a file: encoded by the reader process, which has the libraries for it.
package enum Drawing {
    package static let endings = [".png", ".gif", ".mp4"]

    /// - Parameters:
    ///   - pictures: RGB, row by row; one for a .png.
    ///   - output: the file; ends with .png, .gif or .mp4.
    package static func write(_ pictures: [[UInt8]], width: Int, height: Int, to output: String) throws {
        let folder = output.lastIndex(of: "/").map { String(output[..<$0]) } ?? "."
        let name = output.split(separator: "/").last.map(String.init) ?? output
        let path = "\(absolute(folder.isEmpty ? "/" : folder))/\(name)"
        let order = FilmOrder(path: path, width: width, height: height, framesPerSecond: 10, frames: pictures.count)
        let task = try order.start(executable: ReaderExecutable.path())
        for picture in pictures { try picture.withUnsafeBytes { try task.write($0) } }
        _ = try task.finish()
    }

    private static func absolute(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
