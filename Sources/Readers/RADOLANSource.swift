internal import SpaceTime
internal import Synchronization

/// RADOLAN composites of one product, in files and archives.
final class RADOLANSource: SurveyedSource {
    let survey: Survey
    private let files: [Survey.Source]
    private let layout: RADOLANHeader.Layout
    private let cells: RADOLANCells
    private let bodies: RADOLANBodies
    private let threads: Int
    /// The frames of each sequence, in order.
    private let sequences: [[RADOLANFrame]]

    init(
        _ scan: RADOLANScan, _ contents: RADOLANContents, files: [Survey.Source], skipped: [Survey.Skipped],
        takesClutterAsMissing: Bool, _ location: Location
    ) {
        self.files = files
        layout = contents.layout
        threads = location.threads
        sequences = contents.sequences.map(\.frames)
        cells = RADOLANCells(bytesPerCell: layout.bytesPerCell, takesClutterAsMissing: takesClutterAsMissing)
        bodies = RADOLANBodies(files, isSingle: scan.isSingle, layout: layout, scratch: location.scratch)
        survey = contents.survey(files: files, skipped: skipped + scan.skipped)
    }

    func read(_ parts: [FrameRange], into sink: any FrameSink) throws {
        for part in parts {
            try sink.begin(part, covariates: [])
            var counts = RADOLANCells.Counts()
            var next = part.frames.lowerBound
            while next < part.frames.upperBound {
                // Enough for the threads, little enough for a large grid.
                let block = min(sink.capacity(ofField: 0), 4 * max(1, threads), part.frames.upperBound - next)
                let frames = sequences[part.sequence][next..<next + block]
                try sink.write(field: 0, count: block) { counts += try decode(frames, into: $0) }
                next += block
            }
            try report(counts, to: sink)
            try sink.end()
        }
    }

    private func report(_ counts: RADOLANCells.Counts, to sink: any FrameSink) throws {
        let lines = [
            ("cells from a secondary source (flag 0x1000), value kept", counts.secondary),
            ("cells with a negative value (flag 0x4000)", counts.negative),
            (
                cells.takesClutterAsMissing || layout.bytesPerCell == 1
                    ? "cells of clutter, taken as missing" : "cells of clutter (flag 0x8000), value kept",
                counts.clutter
            ),
        ]
        for (what, count) in lines where count > 0 { try sink.tally(what, by: count) }
    }

    private func decode(
        _ frames: ArraySlice<RADOLANFrame>, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) -> RADOLANCells.Counts {
        let size = layout.bodyByteCount
        let isSideBySide = frames.allSatisfy { bodies.isAlone($0) }
        let counts = Mutex(RADOLANCells.Counts())
        try RainNetWorkers.perform(frames.count, threads: isSideBySide ? threads : 1) { (index) throws(ReaderError) in
            let frame = frames[frames.startIndex + index]
            let target = UnsafeMutableRawBufferPointer(rebasing: buffer[index * size..<(index + 1) * size])
            let body = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
            defer { body.deallocate() }
            if isSideBySide {
                try RADOLANBodies.single(frame, of: files[frame.file], layout, into: body)
            } else {
                try bodies.fetch(frame, into: body)
            }
            let found = cells.decode(UnsafeRawBufferPointer(body), into: target)
            counts.withLock { $0 += found }
        }
        return counts.withLock { $0 }
    }
}
