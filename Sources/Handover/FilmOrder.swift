internal import FoundationEssentials
internal import SpaceTime

/// The first line that the task `draw` reads; behind it come the frames: row, column, colour (RGB), a byte each.
package struct FilmOrder: Hashable, Sendable, Codable {
    /// The file to write, absolute; ends with `.png`, `.gif` or `.mp4`.
    package var path: String
    package var width: Int
    package var height: Int
    package var framesPerSecond: Double
    package var frames: Int

    package init(path: String, width: Int, height: Int, framesPerSecond: Double, frames: Int) {
        self.path = path
        self.width = width
        self.height = height
        self.framesPerSecond = framesPerSecond
        self.frames = frames
    }

    /// The bytes of one frame.
    package var frameByteCount: Int { width * height * 3 }

    /// Starts `draw`; the caller writes the frames and finishes.
    package func start(executable: String) throws -> ReaderTask {
        let task = try ReaderTask(executable: executable, ["draw"])
        let line: [UInt8]
        do {
            line = [UInt8](try JSONEncoder().encode(self)) + [UInt8(ascii: "\n")]
        } catch {
            throw ReaderError(.usage, "a film of \(framesPerSecond) frames a second cannot be drawn")
        }
        try line.withUnsafeBytes { try task.write($0) }
        return task
    }
}
