internal import SpaceTime

/// The range `A..B` of the setting `time`; either side may be empty, both ends belong to it.
///
/// On a clock the sides are dates as exact as one likes: `2019`, `2019-06`, `2019-06-01`, `2019-06-01T12`,
/// `2019-06-01T12:30`, `2019-06-01T12:30:15`; a coarse end reaches to its last second. On a counter they are whole numbers.
struct SelectionTime: Hashable, Sendable {
    let text: String
    private let lower: Substring
    private let upper: Substring

    /// - Throws: `.usage` where there is no `..` or a side is neither date nor number.
    init(_ text: String) throws(ReaderError) {
        self.text = text
        guard let dots = text.firstRange(of: "..") else { throw SelectionTime.fault(text, "`..` is needed between") }
        lower = text[..<dots.lowerBound]
        upper = text[dots.upperBound...]
        for side in [lower, upper] where !side.isEmpty {
            guard SelectionTime.dates(side) != nil || Int64(side) != nil else {
                throw SelectionTime.fault(text, "`\(side)` is neither a date nor a counter")
            }
        }
    }

    /// The range in units of the axis.
    /// - Throws: `.usage` where the sides do not suit the axis or lie the wrong way round.
    func range(on axis: TimeAxis) throws(ReaderError) -> ClosedRange<Int64> {
        let first = try lower.isEmpty ? Int64.min : side(lower, axis).lowerBound
        let last = try upper.isEmpty ? Int64.max : side(upper, axis).upperBound
        guard first <= last else { throw SelectionTime.fault(text, "the end lies before the beginning") }
        return first...last
    }

    private func side(_ side: Substring, _ axis: TimeAxis) throws(ReaderError) -> ClosedRange<Int64> {
        switch axis.kind {
        case .clock:
            if let dates = SelectionTime.dates(side) { return dates }
            throw SelectionTime.fault(text, "`\(side)` is no date, but the frames have dates")
        case .counter:
            if let count = Int64(side) { return count...count }
            throw SelectionTime.fault(text, "`\(side)` is a date, but the frames are only counted")
        }
    }

    /// The first and last second of what a text names; nil where it is no date.
    static func dates(_ text: Substring) -> ClosedRange<Int64>? {
        let halves = text.split(whereSeparator: { $0 == "T" || $0 == " " })
        let hasClock = halves.count == 2
        guard halves.count == 1 || hasClock, let date = numbers(halves[0], separator: "-", widths: [4, 2, 2]) else {
            return nil
        }
        let clockText = hasClock ? halves[1].hasSuffix("Z") ? halves[1].dropLast() : halves[1] : ""
        guard let clock = hasClock ? numbers(clockText, separator: ":", widths: [2, 2, 2]) : [] else { return nil }
        if hasClock, date.count < 3 { return nil }
        return span(date + clock)
    }

    /// - Parameter parts: year, month, day, hour, minute, second; the last ones may be missing.
    private static func span(_ parts: [Int]) -> ClosedRange<Int64>? {
        func seconds(_ filled: [Int]) -> Int64? {
            CivilTime.seconds(
                year: filled[0], month: filled[1], day: filled[2], hour: filled[3], minute: filled[4], second: filled[5]
            )
        }
        let first = seconds(parts + [1, 1, 1, 0, 0, 0][parts.count...])
        var end = parts + [1, 12, 31, 23, 59, 59][parts.count...]
        if parts.count == 2, (1...12).contains(parts[1]) { end[2] = CivilTime.days(in: parts[1], of: parts[0]) }
        guard let first, let last = seconds(end) else { return nil }
        return first...last
    }

    private static func numbers(_ text: Substring, separator: Character, widths: [Int]) -> [Int]? {
        let parts = text.split(separator: separator, omittingEmptySubsequences: false)
        guard parts.count <= widths.count else { return nil }
        var result: [Int] = []
        for (part, width) in zip(parts, widths) {
            guard part.utf8.count == width, part.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let value = Int(part)
            else { return nil }
            result.append(value)
        }
        return result
    }

    private static func fault(_ text: String, _ what: String) -> ReaderError {
        ReaderError(.usage, "--set time=\(text): \(what). Write A..B, such as 2018-06-01..2018-08-31, or ..2018")
    }
}
