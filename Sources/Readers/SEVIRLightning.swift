/// Counts of lightning flashes on a grid of 48 x 48 cells of 8 km in 49 frames, as SEVIR's own code makes them
/// (eie-sevir, `sevir/generator.py`, `_lght_to_grid`).
///
/// The comment there says that a frame holds the five minutes before it and that frame 0 repeats frame 1; the code does
/// neither, and the code is followed: a flash goes into the last frame whose time is not after it, earlier ones into the
/// first frame, later ones into the last.
struct SEVIRLightning {
    static let side = 48
    static let frameCount = 49
    static let cellsPerFrame = side * side
    /// Seconds from `time_utc` of each frame: -7200, -6900, … 7200.
    static let frameTimes = (0..<frameCount).map { -7200 + 300 * $0 }

    /// Frame, row, column.
    private(set) var counts = [UInt16](repeating: 0, count: frameCount * cellsPerFrame)
    /// Flashes whose time or place is NaN or infinite; they are dropped.
    private(set) var unplaced = 0
    /// Flashes beyond 65535 in one cell and frame; they are dropped.
    private(set) var overflowing = 0

    /// Adds a flash: seconds from `time_utc`, and cells from the south-western corner. Those outside the grid are dropped.
    mutating func add(seconds: Double, x: Double, y: Double) {
        guard seconds.isFinite, x.isFinite, y.isFinite else {
            unplaced += 1
            return
        }
        let inside = 0..<Double(SEVIRLightning.side)
        guard inside.contains(x), inside.contains(y) else { return }
        let cell = Int(y) * SEVIRLightning.side + Int(x)
        let index = SEVIRLightning.frame(at: seconds) * SEVIRLightning.cellsPerFrame + cell
        if counts[index] < .max { counts[index] += 1 } else { overflowing += 1 }
    }

    private static func frame(at seconds: Double) -> Int {
        if seconds < -7200 { return 0 }
        if seconds >= 7200 { return frameCount - 1 }
        let guess = Int(((seconds + 7200) / 300).rounded(.down))
        // The sum may have been rounded up to the next edge.
        return Double(frameTimes[guess]) > seconds ? guess - 1 : guess
    }

    /// Adds rows of five numbers: seconds, latitude, longitude, x, y.
    mutating func add<Number: BinaryFloatingPoint>(_ rows: UnsafeBufferPointer<Number>) {
        for start in stride(from: 0, to: rows.count - rows.count % 5, by: 5) {
            add(seconds: Double(rows[start]), x: Double(rows[start + 3]), y: Double(rows[start + 4]))
        }
    }
}
