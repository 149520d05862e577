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

    /// The header that all pictures share, but for the size where `fitting` is there.
    let header: PictureHeader
    /// Nil where all pictures have one size.
    let fitting: FrameFitting?
    /// How many pictures have transparency, which is left out.
    let withAlpha: Int
    private let sequences: [[Survey.Source]]
    private let channels: Channels
    private let threads: Int

    /// Reads the headers of all pictures.
    ///
    /// - Throws: `.damaged` where one cannot be read or has another kind than the first, or another size though no `size` is
    ///   set, naming both.
    init(
        _ sequences: [[Survey.Source]], channels: Channels, threads: Int, _ settings: ReaderSettings
    ) throws(ReaderError) {
        let sources = sequences.flatMap { $0 }
        let headers = try PictureWorkers.map(sources.count, threads: threads) { index throws(ReaderError) in
            try PictureFile(sources[index].path).header()
        }
        guard let first = headers.first else { throw ReaderError(.notFound, "no pictures") }
        for (header, source) in zip(headers, sources) {
            let isOfSize = header.size == first.size || FrameFitting.isAsked(settings)
            guard isOfSize, PictureSequences.areOfOneKind(header, first, channels) else {
                throw PictureSequences.unlike(source.path, header.description, sources[0].name, first.description)
            }
        }
        header = first
        var frame = first
        if channels == .first { frame.channels = 1 }
        fitting = try FrameFitting(.picture(frame), headers.map(\.size), settings)
        withAlpha = headers.count(where: \.hasAlpha)
        self.sequences = sequences
        self.channels = channels
        let largest = headers.map(\.byteCount).max() ?? 0
        self.threads = largest > PictureSequences.sharedByteCount ? 1 : threads
    }

    /// Two files whose frames cannot stand in one field.
    static func unlike(_ path: String, _ one: String, _ name: String, _ other: String) -> ReaderError {
        let message =
            "is \(one), where \(name) is \(other); frames of one field are of one size and kind: --set size=HxW resizes "
            + "those of unlike sizes, unlike kinds are ingested each by itself"
        return ReaderError(.damaged, message, path: path)
    }

    private static func areOfOneKind(_ one: PictureHeader, _ other: PictureHeader, _ channels: Channels) -> Bool {
        one.element == other.element && (channels == .first || one.channels == other.channels)
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
        guard found.size == header.size || fitting != nil, PictureSequences.areOfOneKind(found, header, channels) else {
            throw ReaderError(.damaged, "changed while it was read", path: path)
        }
        guard let fitting else { return try PictureSequences.decode(picture, found, into: frame) }
        try fitting.fit(0..<1, of: found.size, into: frame) { _, stored throws(ReaderError) in
            try PictureSequences.decode(picture, found, into: stored)
        }
    }

    /// As many channels as there is room for.
    private static func decode(
        _ picture: PictureFile, _ header: PictureHeader, into frame: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        if header.byteCount == frame.count { return try picture.decode(into: frame, expecting: header) }
        let whole = UnsafeMutableRawBufferPointer.allocate(byteCount: header.byteCount, alignment: 16)
        defer { whole.deallocate() }
        try picture.decode(into: whole, expecting: header)
        frame.copyMemory(from: UnsafeRawBufferPointer(rebasing: whole[..<frame.count]))
    }
}

extension PictureSequences: @unchecked Sendable {
    // Nothing changes after `init`.
}

/// A buffer of frames that threads fill. `@unchecked Sendable`: each its own frames.
private struct PictureBuffer: @unchecked Sendable {
    let bytes: UnsafeMutableRawBufferPointer
    let frameByteCount: Int

    subscript(_ frame: Int) -> UnsafeMutableRawBufferPointer {
        let start = frame * frameByteCount
        return UnsafeMutableRawBufferPointer(rebasing: bytes[start..<(start + frameByteCount)])
    }
}
