internal import ArrayFiles
internal import SpaceTime
internal import Synchronization

/// Reads RYDL frames, several at a time: each is unpacked on its own thread.
final class RYDLFrames: FieldFrames {
    private let survey: RYDLSurvey
    private let cells: RYDLCells
    private let location: Location
    private let counts = Mutex(RYDLCells.Counts())
    /// The file read last. HDF5 remembers every array it has opened, so it is opened anew from time to time.
    private var open: (file: Int, handle: HDF5File, uses: Int)?
    private static let usesOfOneHandle = 8192

    init(_ survey: RYDLSurvey, _ location: Location) {
        self.survey = survey
        self.location = location
        cells = RYDLCells(survey.grid)
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let size = survey.grid.byteCount
        let wanted = survey.frames[frames]
        var first = wanted.startIndex
        while first < wanted.endIndex {
            let file = wanted[first].file
            let run = wanted[first...].prefix { $0.file == file }
            let place = (first - wanted.startIndex) * size
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[place..<place + run.count * size])
            try read(run, of: handle(file, uses: run.count), into: target)
            first = run.endIndex
        }
    }

    private func handle(_ file: Int, uses: Int) throws(ReaderError) -> HDF5File {
        if let open, open.file == file, open.uses < RYDLFrames.usesOfOneHandle {
            self.open?.uses += uses
            return open.handle
        }
        open = nil
        let handle = try HDF5File(path: survey.sources[file].path)
        open = (file, handle, uses)
        return handle
    }

    /// Reads frames of one file, each on its own thread.
    private func read(
        _ frames: ArraySlice<RYDLSurvey.Frame>, of file: HDF5File, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let size = survey.grid.byteCount
        let inner = ReadResources(threads: frames.count > 1 ? 1 : location.threads, scratch: location.scratch)
        try RainNetWorkers.perform(frames.count, threads: location.threads) { (index) throws(ReaderError) in
            let frame = frames[frames.startIndex + index]
            let dataset = try file.dataset(RYDLSurvey.name(of: frame.time))
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
