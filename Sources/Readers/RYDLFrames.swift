internal import ArrayFiles
internal import SpaceTime
internal import Synchronization

/// Reads RYDL frames, several at a time: each is unpacked on its own thread.
final class RYDLFrames: FieldFrames {
    private let survey: RYDLSurvey
    private let cells: RYDLCells
    private let location: Location
    private let counts = Mutex(RYDLCells.Counts())

    init(_ survey: RYDLSurvey, _ location: Location) {
        self.survey = survey
        self.location = location
        cells = RYDLCells(survey.grid)
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let size = survey.grid.byteCount
        let inner = ReadResources(threads: frames.count > 1 ? 1 : location.threads, scratch: location.scratch)
        try RainNetWorkers.perform(frames.count, threads: location.threads) { (index) throws(ReaderError) in
            let frame = survey.frames[frames.lowerBound + index]
            let dataset = try survey.files[frame.file].dataset(RYDLSurvey.name(of: frame.time))
            try survey.grid.check(RainNetGrid(dataset, axes: 2), of: dataset, against: survey.firstPlace)
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[index * size..<(index + 1) * size])
            try dataset.readAll(into: target, using: inner)
            let found = cells.clean(target)
            counts.withLock {
                $0.withoutValue += found.withoutValue
                $0.negative += found.negative
            }
        }
    }

    func takeFindings() -> [(what: String, count: Int)] {
        counts.withLock { counts in
            defer { counts = RYDLCells.Counts() }
            return [
                ("cells without a value (NaN or fill)", counts.withoutValue),
                ("negative cells, taken as missing", counts.negative),
            ]
        }
    }
}
