internal import SpaceTime
internal import Synchronization

/// Reads RADOLAN frames: files of their own several at a time, archives from front to back.
final class RADOLANFrames: FieldFrames {
    private let files: [Survey.Source]
    private let layout: RADOLANHeader.Layout
    private let cells: RADOLANCells
    private let bodies: RADOLANBodies
    private let threads: Int
    /// The frames of each sequence, in order.
    private let sequences: [[RADOLANFrame]]
    private let counts = Mutex(RADOLANCells.Counts())

    init(
        _ contents: RADOLANContents, files: [Survey.Source], isSingle: [Bool], takesClutterAsMissing: Bool,
        _ location: Location
    ) {
        self.files = files
        layout = contents.layout
        threads = location.threads
        sequences = contents.sequences.map(\.frames)
        cells = RADOLANCells(bytesPerCell: layout.bytesPerCell, takesClutterAsMissing: takesClutterAsMissing)
        bodies = RADOLANBodies(files, isSingle: isSingle, layout: layout, scratch: location.scratch)
    }

    func read(
        _ range: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let size = layout.bodyByteCount
        let frames = sequences[sequence][range]
        let isSideBySide = frames.allSatisfy { bodies.isAlone($0) }
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
    }

    func takeFindings() -> [(what: String, count: Int)] {
        let losesClutter = cells.takesClutterAsMissing || layout.bytesPerCell == 1
        return counts.withLock { counts in
            defer { counts = RADOLANCells.Counts() }
            return [
                ("cells from a secondary source (flag 0x1000), value kept", counts.secondary),
                ("cells with a negative value (flag 0x4000)", counts.negative),
                (
                    losesClutter ? "cells of clutter, taken as missing" : "cells of clutter (flag 0x8000), value kept",
                    counts.clutter
                ),
            ]
        }
    }
}
