internal import SpaceTime

/// The segments of `00sequences.txt`: a line a clip, `person01_boxing_d1 frames 1-95, 96-185`.
///
/// Frames are counted from 1 and both ends belong to a segment. Lines that do not begin with the name of a clip are prose.
/// `*missing*` says that there is no such clip.
struct KTHIndex {
    /// The index is 37 kB; this is room for much prose.
    static let largestByteCount = 1 << 20

    let source: Survey.Source
    /// As written, by clip ID; a clip that is listed as missing has none.
    private(set) var ranges: [String: [ClosedRange<Int>]] = [:]

    init(_ source: Survey.Source) throws(ReaderError) {
        self.source = source
        let bytes = try SourceFiles.bytes(of: source.path, atMost: KTHIndex.largestByteCount)
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false) { $0.isNewline }
        for (index, line) in lines.enumerated() { try add(line, number: index + 1) }
        guard !ranges.isEmpty else {
            throw ReaderError(
                .damaged, "has no line such as `person01_boxing_d1 frames 1-95, 96-185`", path: source.path)
        }
    }

    private mutating func add(_ line: Substring, number: Int) throws(ReaderError) {
        let words = line.split { $0 == " " || $0 == "\t" || $0 == "\u{FEFF}" }
        guard let first = words.first, first.lowercased().hasPrefix("person"), let clip = KTHClipName(String(first))
        else {
            return
        }
        var rest = words.dropFirst()
        if rest.first?.lowercased() == "frames" { rest = rest.dropFirst() }
        let text = rest.joined()
        let place = "\(source.path):\(number)"
        guard ranges[clip.id] == nil else {
            throw ReaderError(.damaged, "names \(clip.id) a second time", path: place)
        }
        if text.lowercased().contains("missing") {
            ranges[clip.id] = []
            return
        }
        ranges[clip.id] = try text.split(separator: ",").map { part throws(ReaderError) in
            guard let range = KTHIndex.range(part) else {
                let message = "`\(part)` is no segment; one is written 1-95, counted from 1"
                throw ReaderError(.damaged, message, path: place)
            }
            return range
        }
    }

    private static func range(_ text: Substring) -> ClosedRange<Int>? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let first = PictureName.number(ends[0]), let last = PictureName.number(ends[1]) else {
            return nil
        }
        return first >= 1 && first <= last && last <= Int64(Int32.max) ? Int(first)...Int(last) : nil
    }

    /// What the index says of a clip, as ranges that windows may not leave.
    struct Segments: Hashable {
        /// Counted from 0, sorted, without overlap.
        var ranges: [Range<Int>] = []
        /// Segments that reach or lie beyond the last frame.
        var clipped = 0
        /// Segments that begin inside the one before.
        var trimmed = 0
    }

    /// Segments are sorted and end with the clip. Where two overlap, the later one begins where the earlier one ends, so that
    /// every frame has one segment and every window is visited once.
    func segments(of clip: String, frameCount: Int) -> Segments? {
        guard let written = ranges[clip] else { return nil }
        var result = Segments()
        let sorted = written.map { ($0.lowerBound - 1)..<$0.upperBound }
            .sorted { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }
        for range in sorted {
            if range.upperBound > frameCount { result.clipped += 1 }
            let free = result.ranges.last?.upperBound ?? 0
            if range.lowerBound < free { result.trimmed += 1 }
            let begin = max(range.lowerBound, free)
            let end = min(range.upperBound, frameCount)
            if begin < end { result.ranges.append(begin..<end) }
        }
        return result
    }
}
