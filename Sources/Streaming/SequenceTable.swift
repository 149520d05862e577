internal import DataBank
internal import SpaceTime

/// What windows need of `sequences.jsonl`, read in one pass over its bytes.
struct SequenceTable {
    /// One line; only the lines of the wanted split keep more than their length.
    struct Line {
        var id = ""
        var frames = 0
        var split: Split?
        var segments: [Range<Int>] = []
        /// One for each field, or one that all share.
        var times: [[FrameTimes.Run]] = []
        /// Runs of empty frames, for each field.
        var missing: [[Range<Int>]] = []
    }

    /// Calls `body` with the position and content of each line of a data set.
    ///
    /// - Throws: `.damaged` naming the line.
    static func read(_ dataset: Dataset, _ body: (Int, Line) throws(BankError) -> Void) throws(BankError) {
        let file = try dataset.sequenceLines()
        var scanner = JSONScanner(file.bytes)
        var number = 0
        while !scanner.isAtEnd() {
            guard let line = try? SequenceTable.line(&scanner), line.isSound(fields: dataset.identity.fields.count)
            else {
                throw BankError(.damaged, "line \(number + 1) is damaged", path: file.path)
            }
            try body(number, line)
            number += 1
        }
        guard number == dataset.identity.sequences.count else {
            throw BankError(.damaged, "does not list all sequences", path: file.path)
        }
    }

    private static func line(_ scanner: inout JSONScanner) throws -> Line {
        var line = Line()
        try scanner.readObject { key, scanner in
            switch key {
            case "id": line.id = try scanner.readText()
            case "frames": line.frames = try scanner.readInteger()
            case "split": line.split = Split(rawValue: try scanner.readText())
            case "segments": line.segments = try ranges(&scanner)
            case "missing": try scanner.readArray { line.missing.append(try ranges(&$0)) }
            case "times": try scanner.readArray { line.times.append(try times(&$0)) }
            default: try scanner.skip()
            }
        }
        return line
    }

    /// Pairs of first frame and frame count.
    private static func ranges(_ scanner: inout JSONScanner) throws -> [Range<Int>] {
        var result: [Range<Int>] = []
        try scanner.readArray { scanner in
            var pair: [Int] = []
            try scanner.readArray { pair.append(try $0.readInteger()) }
            guard pair.count == 2, pair[0] >= 0, pair[1] >= 0, pair[0] <= Int(Int32.max), pair[1] <= Int(Int32.max)
            else { throw JSONScanner.Fault(place: scanner.place) }
            result.append(pair[0]..<(pair[0] + pair[1]))
        }
        return result
    }

    private static func times(_ scanner: inout JSONScanner) throws -> [FrameTimes.Run] {
        var runs: [FrameTimes.Run] = []
        try scanner.readObject { key, scanner in
            guard case "runs" = key else { return try scanner.skip() }
            try scanner.readArray { runs.append(try run(&$0)) }
        }
        return runs
    }

    private static func run(_ scanner: inout JSONScanner) throws -> FrameTimes.Run {
        var (start, step, count) = (0, 0, 0)
        try scanner.readObject { key, scanner in
            switch key {
            case "start": start = try scanner.readInteger()
            case "step": step = try scanner.readInteger()
            case "count": count = try scanner.readInteger()
            default: try scanner.skip()
            }
        }
        return FrameTimes.Run(start: Int64(start), step: Int64(step), count: count)
    }
}

extension SequenceTable.Line {
    /// Whether the numbers agree with each other.
    fileprivate func isSound(fields: Int) -> Bool {
        guard split != nil, (0...Int(Int32.max)).contains(frames) else { return false }
        guard times.count == 1 || times.count == fields, missing.count == fields else { return false }
        let isTimed = times.allSatisfy { runs in
            var total = 0
            for run in runs {
                guard run.count > 0, run.count <= frames - total else { return false }
                total += run.count
            }
            return total == frames
        }
        return isTimed && (segments + missing.joined()).allSatisfy { $0.upperBound <= frames }
    }
}
