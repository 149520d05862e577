internal import DataBank
internal import SpaceTime

/// All windows of a plan, kept as runs of frames: memory goes with the number of runs, not of windows.
/// StreamOrder.md, "Windows".
struct WindowTable: Sendable {
    /// A run of kept frames that windows may be cut from.
    struct Run: Sendable {
        /// Position in the data set's table.
        var sequence: Int32
        /// Kept frames.
        var frames: Int32
        /// The first of them in the sequence.
        var firstFrame: Int
        /// The number of its first window.
        var firstWindow: Int
        /// Ranges of kept frames in `ranges`; none where nothing was left out.
        var ranges: Range<Int32>
    }

    private(set) var runs: [Run] = []
    private(set) var count = 0
    /// XXH3 of the sequences' IDs, for those with windows, by position in `runs`.
    private var idHashes: [UInt64] = []
    private var ranges: [Range<Int>] = []
    private let length: Int
    private let stride: Int

    init(length: Int, stride: Int) {
        self.length = length
        self.stride = stride
    }

    /// Takes in a run of a sequence, given as ranges of kept frames in order.
    mutating func add(sequence: Int, idHash: UInt64, kept: [Range<Int>]) {
        let frames = kept.reduce(0) { $0 + $1.count }
        guard frames >= length, let first = kept.first?.lowerBound else { return }
        let start = Int32(ranges.count)
        if kept.count > 1 { ranges += kept }
        runs.append(
            Run(
                sequence: Int32(sequence), frames: Int32(frames), firstFrame: first, firstWindow: count,
                ranges: start..<Int32(ranges.count)))
        idHashes.append(idHash)
        count += (frames - length) / stride + 1
    }

    /// The run that holds a window. Cost: the logarithm of the number of runs.
    private func run(ofWindow number: Int) -> Int {
        precondition(number >= 0 && number < count, "window \(number) of \(count)")
        var (low, high) = (0, runs.count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if runs[middle].firstWindow <= number { low = middle } else { high = middle - 1 }
        }
        return low
    }

    func window(_ number: Int) -> WindowPlace {
        let index = run(ofWindow: number)
        let run = runs[index]
        let start = (number - run.firstWindow) * stride
        var first = run.firstFrame + start
        if !run.ranges.isEmpty { first = place(start, in: run) }
        let key = KeyedRandom.mix64(idHashes[index] ^ UInt64(first))
        return WindowPlace(number: number, sequence: Int(run.sequence), firstFrame: first, key: key)
    }

    /// The window that begins with a frame of a sequence; nil where none does. Cost: the logarithm of the number of runs.
    func window(ofSequence sequence: Int, firstFrame: Int) -> Int? {
        var (low, high) = (0, runs.count)
        while low < high {
            let middle = (low + high) / 2
            let run = runs[middle]
            if (Int(run.sequence), run.firstFrame) <= (sequence, firstFrame) { low = middle + 1 } else { high = middle }
        }
        guard low > 0, Int(runs[low - 1].sequence) == sequence,
            let place = kept(firstFrame, in: runs[low - 1]), place % stride == 0,
            place + length <= Int(runs[low - 1].frames)
        else { return nil }
        return runs[low - 1].firstWindow + place / stride
    }

    /// The numbers of a sequence's windows.
    func windows(ofSequence sequence: Int) -> Range<Int> {
        let before = { (goal: Int) in
            var (low, high) = (0, runs.count)
            while low < high {
                let middle = (low + high) / 2
                if Int(runs[middle].sequence) < goal { low = middle + 1 } else { high = middle }
            }
            return low < runs.count ? runs[low].firstWindow : count
        }
        return before(sequence)..<before(sequence + 1)
    }

    /// The place of a frame among a run's kept frames; nil where it was left out or lies outside.
    private func kept(_ frame: Int, in run: Run) -> Int? {
        guard !run.ranges.isEmpty else {
            let place = frame - run.firstFrame
            return (0..<Int(run.frames)).contains(place) ? place : nil
        }
        var begin = 0
        for range in ranges[Int(run.ranges.lowerBound)..<Int(run.ranges.upperBound)] {
            if range.contains(frame) { return begin + frame - range.lowerBound }
            begin += range.count
        }
        return nil
    }

    /// The frame at a place of a run with left-out frames.
    private func place(_ kept: Int, in run: Run) -> Int {
        var rest = kept
        for range in ranges[Int(run.ranges.lowerBound)..<Int(run.ranges.upperBound)] {
            if rest < range.count { return range.lowerBound + rest }
            rest -= range.count
        }
        preconditionFailure("place \(kept) is beyond its run")
    }

    /// Calls `body` with the ranges of the sequence's frames that make up some frames of a window.
    ///
    /// - Parameter frames: counted in the window.
    func frames(ofWindow number: Int, _ frames: Range<Int>, _ body: (Range<Int>) throws(BankError) -> Void)
        throws(BankError)
    {
        let run = runs[run(ofWindow: number)]
        let start = (number - run.firstWindow) * stride
        let wanted = (start + frames.lowerBound)..<(start + frames.upperBound)
        guard !run.ranges.isEmpty else {
            return try body((run.firstFrame + wanted.lowerBound)..<(run.firstFrame + wanted.upperBound))
        }
        var begin = 0
        for range in ranges[Int(run.ranges.lowerBound)..<Int(run.ranges.upperBound)] {
            let own = wanted.clamped(to: begin..<(begin + range.count))
            if !own.isEmpty {
                let shift = range.lowerBound - begin
                try body((own.lowerBound + shift)..<(own.upperBound + shift))
            }
            begin += range.count
        }
    }
}
