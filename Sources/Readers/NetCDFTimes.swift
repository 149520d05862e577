internal import ArrayFiles
internal import SpaceTime

/// The times of one file's frames.
struct NetCDFTimes: Hashable, Sendable {
    /// Seconds since 1970, one a frame; nil where the file does not say or the calendar is no real one.
    var values: [Int64]?
    /// Why there are none, where that is worth a word.
    var note: String?

    /// - Parameter dimension: of time; nil where the variable has none.
    init(_ dimension: String?, count: Int, in file: NetCDFFile) throws(ReaderError) {
        guard let variable = NetCDFTimes.clock(dimension, in: file) else { return }
        let calendar = variable.text("calendar")
        guard NetCDFClock.isGregorian(calendar) else {
            note = "The calendar `\(calendar ?? "")` has days that no clock knows: time is a frame counter."
            return
        }
        let isMixed = calendar?.lowercased() != "proleptic_gregorian"
        guard let clock = NetCDFClock(units: variable.text("units") ?? "", isMixed: isMixed) else { return }
        guard variable.shape.reduce(1, *) == count else {
            throw ReaderError(
                .damaged, "\(variable.name) has \(variable.shape) times for \(count) frames", path: file.path)
        }
        var seconds: [Int64] = []
        for value in try file.doubles(variable) {
            guard let second = clock.seconds(value) else {
                throw ReaderError(.damaged, "\(variable.name) holds \(value), which is no time", path: file.path)
            }
            seconds.append(second)
        }
        values = seconds
    }

    /// The coordinate of the time dimension, or a single value that says when a file's only frame is.
    private static func clock(_ dimension: String?, in file: NetCDFFile) -> NetCDFFile.Variable? {
        if let dimension { return file.coordinate(dimension) }
        let single = file.variables.filter { variable in
            variable.element != nil && variable.shape.reduce(1, *) == 1
                && variable.text("units").flatMap { NetCDFClock(units: $0) } != nil
        }
        func named(_ name: String) -> NetCDFFile.Variable? { single.first { $0.name == name } }
        return named("valid_time") ?? named("time") ?? single.first { $0.text("standard_name") == "time" }
            ?? (single.count == 1 ? single.first : nil)
    }
}

/// The order in which the frames of several files follow each other in time.
struct NetCDFTimeline: Hashable, Sendable {
    /// Frames of one file that follow each other in it and in time.
    struct Run: Hashable, Sendable {
        var file: Int
        /// Position of the first in the file.
        var first: Int
        var count: Int
    }

    private(set) var runs: [Run] = []
    private(set) var times = FrameTimes()
    let isClock: Bool
    /// The most common step; nil where there are no two different times.
    private(set) var cadence: Int64?
    /// Position in the sequence of each run's first frame.
    private(set) var starts: [Int] = []

    /// - Parameter files: by file, the number of frames and their times where known; taken in this order where they are not.
    init(_ files: [(count: Int, times: [Int64]?)]) {
        isClock = files.allSatisfy { $0.times != nil }
        if isClock {
            var frames: [(time: Int64, file: Int, frame: Int)] = []
            for (index, file) in files.enumerated() {
                for (frame, time) in (file.times ?? []).enumerated() { frames.append((time, index, frame)) }
            }
            frames.sort { ($0.time, $0.file, $0.frame) < ($1.time, $1.file, $1.frame) }
            for frame in frames {
                append(file: frame.file, frame: frame.frame)
                times.append(frame.time)
            }
            cadence = NetCDFTimeline.mostCommonStep(frames.map(\.time))
        } else {
            for (index, file) in files.enumerated() where file.count > 0 {
                runs.append(Run(file: index, first: 0, count: file.count))
            }
            times = FrameTimes(count: runs.reduce(0) { $0 + $1.count })
            cadence = times.count > 1 ? 1 : nil
        }
        var start = 0
        for run in runs {
            starts.append(start)
            start += run.count
        }
    }

    private mutating func append(file: Int, frame: Int) {
        if let last = runs.last, last.file == file, last.first + last.count == frame {
            runs[runs.count - 1].count += 1
        } else {
            runs.append(Run(file: file, first: frame, count: 1))
        }
    }

    private static func mostCommonStep(_ times: [Int64]) -> Int64? {
        var counts: [Int64: Int] = [:]
        for (before, after) in zip(times, times.dropFirst()) where after > before {
            counts[after - before, default: 0] += 1
        }
        return counts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    }

    /// The runs that some frames of the sequence lie in, clipped to them.
    func runs(in frames: Range<Int>) -> [Run] {
        guard !frames.isEmpty else { return [] }
        var low = 0
        var high = starts.count
        while low + 1 < high {
            let middle = (low + high) / 2
            if starts[middle] <= frames.lowerBound { low = middle } else { high = middle }
        }
        var result: [Run] = []
        for index in low..<runs.count {
            let range = (starts[index]..<(starts[index] + runs[index].count)).clamped(to: frames)
            if range.isEmpty { break }
            let skipped = range.lowerBound - starts[index]
            result.append(Run(file: runs[index].file, first: runs[index].first + skipped, count: range.count))
        }
        return result
    }
}
