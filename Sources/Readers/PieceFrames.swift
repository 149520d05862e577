internal import ArrayFiles
internal import SpaceTime

/// Frames of one field whose sequences are put together from samples of arrays: input and target of a prepared extract.
final class PieceFrames: FieldFrames {
    /// One sample of an array with all its frames.
    struct Piece: Hashable {
        /// Position among the arrays.
        var array: Int
        var sample: Int
        /// Frames of the sample.
        var count: Int
    }

    /// Counts values worth reporting in delivered frames.
    struct Inspection {
        var what: String
        var count: (UnsafeRawBufferPointer, ElementType) -> Int
    }

    private let arrays: [any ArrayPlace]
    private let resources: ReadResources
    /// The pieces of each sequence, in order of time.
    private let pieces: [[Piece]]
    private let inspection: Inspection?
    private let fitting: FrameFitting?
    private var open: [(index: Int, array: FrameArray)] = []
    private var found = 0

    /// Input and target are read by turns.
    private static let mostOpen = 2

    /// - Parameter fitting: nil where the frames of all arrays have one size.
    init(
        _ arrays: [any ArrayPlace], pieces: [[Piece]], _ resources: ReadResources, inspection: Inspection? = nil,
        fitting: FrameFitting? = nil
    ) {
        self.arrays = arrays
        // Input and target are read ahead side by side.
        self.resources = ReadResources(
            threads: resources.threads, scratch: resources.scratch, budget: resources.budget / Self.mostOpen)
        self.pieces = pieces
        self.inspection = inspection
        self.fitting = fitting
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let frameByteCount = buffer.count / max(1, frames.count)
        var begin = 0
        for piece in pieces[sequence] {
            let part = frames.clamped(to: begin..<(begin + piece.count))
            if !part.isEmpty {
                let inside = (part.lowerBound - begin)..<(part.upperBound - begin)
                let start = (part.lowerBound - frames.lowerBound) * frameByteCount
                let end = start + part.count * frameByteCount
                try read(inside, of: piece, into: UnsafeMutableRawBufferPointer(rebasing: buffer[start..<end]))
            }
            begin += piece.count
        }
    }

    private func read(
        _ frames: Range<Int>, of piece: Piece, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let array = try array(piece)
        if let fitting {
            let size = FrameFitting.Size(rows: array.rows, columns: array.columns)
            try fitting.fit(frames, of: size, into: buffer) { part, stored throws(ReaderError) in
                try array.frames(part, sample: piece.sample, into: stored)
            }
        } else {
            try array.frames(frames, sample: piece.sample, into: buffer)
        }
        if let inspection { found += inspection.count(UnsafeRawBufferPointer(buffer), array.element) }
    }

    func takeFindings() -> [(what: String, count: Int)] {
        defer { found = 0 }
        return inspection.map { [($0.what, found)] } ?? []
    }

    private func array(_ piece: Piece) throws(ReaderError) -> FrameArray {
        if let known = open.first(where: { $0.index == piece.array }) { return known.array }
        if open.count >= Self.mostOpen { open.removeFirst() }
        let array = try arrays[piece.array].frames(resources)
        guard piece.sample < array.samples, piece.count <= array.frames else {
            throw ReaderError(.damaged, "an array became smaller while it was being read")
        }
        open.append((piece.array, array))
        return array
    }
}
