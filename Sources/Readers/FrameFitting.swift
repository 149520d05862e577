internal import SpaceTime

/// Brings the frames of a field whose sizes differ to the one that `size` names, each cut as `crop` says before.
///
/// What `Selection` does with frames that are alike, done frame by frame, since a field has one size from then on.
struct FrameFitting: Sendable {
    /// Rows and columns of a frame as stored.
    struct Size: Hashable, Sendable, Comparable, CustomStringConvertible {
        var rows: Int
        var columns: Int

        var description: String { "\(rows)x\(columns)" }

        static func < (one: Size, other: Size) -> Bool { (one.rows, one.columns) < (other.rows, other.columns) }
    }

    /// The sizes there are, ascending.
    private let sizes: [Size]
    private let field: Field
    private let target: Size
    private let box: (row: Int, column: Int, rows: Int, columns: Int)?

    /// Whether the user said what unlike frames become; without that they are refused.
    static func isAsked(_ settings: ReaderSettings) -> Bool { settings.size("size") != nil }

    /// Nil where all frames have one size, or where nobody asked.
    ///
    /// - Parameters:
    ///   - field: element type, channels and missing values; its size does not count.
    ///   - sizes: of all frames; may repeat.
    /// - Throws: `.usage` where `crop` reaches beyond a frame, or `size` is too large.
    init?(_ field: Field, _ sizes: [Size], _ settings: ReaderSettings) throws(ReaderError) {
        let distinct = Set(sizes)
        guard distinct.count > 1, let size = settings.size("size") else { return nil }
        self.sizes = distinct.sorted()
        self.field = field
        target = Size(rows: size.rows, columns: size.columns)
        box = settings.box("crop")
        for size in self.sizes {
            guard let box, box.rows > size.rows - box.row || box.columns > size.columns - box.column else { continue }
            throw ReaderError(.usage, "--set crop=\(settings["crop"] ?? ""): there are frames of \(size) cells")
        }
        guard frameByteCount <= 1 << 30 else {
            throw ReaderError(.usage, "--set size: a frame of `\(field.name)` would take more than 1 GiB")
        }
    }

    /// Bytes of a frame as delivered.
    private var frameByteCount: Int { target.rows * target.columns * field.channels * field.element.byteCount }

    /// Fills `buffer` with frames that `read` gives as they are stored, all of one size, a few at a time.
    ///
    /// - Parameter read: writes some of the frames, by position, to memory that they fill.
    func fit(
        _ frames: Range<Int>, of size: Size, into buffer: UnsafeMutableRawBufferPointer,
        _ read: (Range<Int>, UnsafeMutableRawBufferPointer) throws(ReaderError) -> Void
    ) throws(ReaderError) {
        var source = field
        (source.rows, source.columns) = (size.rows, size.columns)
        let grid = SelectionGrid(source, box: box, size: (target.rows, target.columns))
        let (old, new) = (source.frameByteCount, frameByteCount)
        precondition(buffer.count == frames.count * new, "a buffer of \(buffer.count) bytes for \(frames.count) frames")
        let most = max(1, min(frames.count, SelectedSink.blockByteCount / max(1, old)))
        let stored = UnsafeMutableRawBufferPointer.allocate(byteCount: most * old, alignment: 64)
        defer { stored.deallocate() }
        for start in stride(from: frames.lowerBound, to: frames.upperBound, by: most) {
            let part = start..<min(start + most, frames.upperBound)
            try read(part, UnsafeMutableRawBufferPointer(rebasing: stored[..<(part.count * old)]))
            for (place, frame) in part.enumerated() {
                let from = UnsafeRawBufferPointer(rebasing: stored[(place * old)..<((place + 1) * old)])
                let way = (frame - frames.lowerBound) * new
                let to = UnsafeMutableRawBufferPointer(rebasing: buffer[way..<(way + new)])
                if grid.isIdentity { to.copyMemory(from: from) } else { grid.transform(from, into: to) }
            }
        }
    }

    /// The survey of frames that are all of the one size.
    func applied(to survey: Survey) -> Survey {
        precondition(survey.fields.count == 1, "one field, not \(survey.fields.count)")
        var survey = survey
        (survey.fields[0].rows, survey.fields[0].columns) = (target.rows, target.columns)
        if let box {
            survey.fields[0].attributes["cropped_to"] = .text("\(box.row):\(box.column):\(box.rows)x\(box.columns)")
            survey.notes.append("cropped to \(box.rows)x\(box.columns) from row \(box.row), column \(box.column)")
        }
        survey.fields[0].attributes["resized_from"] = .text("unlike sizes")
        let named = sizes.prefix(8).map(\.description).joined(separator: ", ") + (sizes.count > 8 ? ", …" : "")
        survey.notes.append(
            "frames of \(sizes.count) sizes (\(named)) resized to \(target), bilinear without smoothing")
        return survey
    }
}
