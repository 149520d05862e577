internal import Pictures
internal import SpaceTime

/// Sequences whose frames are a picture file each.
final class PictureSequences: PictureFrames {
    /// Which channels of a picture make a frame.
    enum Channels {
        case all
        /// Red of colour, gray of gray: how the KTH loaders read their pictures.
        case first
    }

    /// Beyond this a picture is decoded alone, since each thread holds one.
    private static let sharedByteCount = 8 << 20

    /// The header that all pictures share.
    let header: PictureHeader
    /// How many pictures have transparency, which is left out.
    let withAlpha: Int
    private let sequences: [[Survey.Source]]
    private let channels: Channels
    private let threads: Int

    /// Reads the headers of all pictures.
    ///
    /// - Throws: `.damaged` where one cannot be read or has another size or kind than the first, naming both.
    init(_ sequences: [[Survey.Source]], channels: Channels, threads: Int) throws(ReaderError) {
        let sources = sequences.flatMap { $0 }
        let headers = try PictureWorkers.map(sources.count, threads: threads) { index throws(ReaderError) in
            try PictureFile(sources[index].path).header()
        }
        guard let first = headers.first else { throw ReaderError(.notFound, "no pictures") }
        for (header, source) in zip(headers, sources) {
            guard PictureSequences.areAlike(header, first, channels) else {
                throw PictureSequences.unlike(source.path, header.description, sources[0].name, first.description)
            }
        }
        header = first
        withAlpha = headers.count(where: \.hasAlpha)
        self.sequences = sequences
        self.channels = channels
        self.threads = first.byteCount > PictureSequences.sharedByteCount ? 1 : threads
    }

    /// Two files whose frames cannot stand in one field.
    static func unlike(_ path: String, _ one: String, _ name: String, _ other: String) -> ReaderError {
        let message =
            "is \(one), where \(name) is \(other); frames of one field have one size: bring the files to one size, "
            + "or ingest those of each size by themselves (--set size=HxW resizes frames that are alike)"
        return ReaderError(.damaged, message, path: path)
    }

    private static func areAlike(_ one: PictureHeader, _ other: PictureHeader, _ channels: Channels) -> Bool {
        guard one.rows == other.rows, one.columns == other.columns, one.element == other.element else { return false }
        return channels == .first || one.channels == other.channels
    }

    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let sources = sequences[sequence][frames]
        let target = PictureBuffer(bytes: buffer, frameByteCount: buffer.count / max(1, frames.count))
        try PictureWorkers.perform(frames.count, threads: threads) { index throws(ReaderError) in
            try self.decode(sources[frames.lowerBound + index].path, into: target[index])
        }
    }

    private func decode(_ path: String, into frame: UnsafeMutableRawBufferPointer) throws(ReaderError) {
        let picture = PictureFile(path)
        let found = try picture.header()
        guard PictureSequences.areAlike(found, header, channels) else {
            throw ReaderError(.damaged, "changed while it was read", path: path)
        }
        if found.byteCount == frame.count { return try picture.decode(into: frame, expecting: found) }
        let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: found.byteCount, alignment: 16)
        defer { whole.deallocate() }
        try picture.decode(into: whole, expecting: found)
        frame.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[..<frame.count]))
    }
}

extension PictureSequences: @unchecked Sendable {
    // Nothing changes after `init`.
}

/// A buffer of frames that threads fill, each its own frames.
private struct PictureBuffer: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    let frameByteCount: Int

    subscript(_ frame: Int) -> UnsafeMutableRawBufferPointer {
        let start = frame * frameByteCount
        return UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + frameByteCount)])
    }
}
