internal import Pictures
internal import SpaceTime

/// Sequences that are a film or GIF each.
final class PictureFilms: PictureFrames {
    /// What is done to the stored values.
    enum Change {
        case none
        /// (Y - 16) * 255 / 219, rounded and clipped: what ffmpeg and OpenCV make of limited-range luma.
        case stretched
    }

    struct Clip {
        var path: String
        var size: FrameFitting.Size
        var frameCount: Int
        var change = Change.none
    }

    private struct Open: ~Copyable {
        var film: FilmFile
        var sequence: Int
        /// The frame that comes next.
        var position: Int
    }

    private static let stretch: [UInt8] = (0...255).map { luma in
        UInt8(clamping: ((luma - 16) * 255 * 2 + 219).flooredDivision(by: 2 * 219))
    }

    private let clips: [Clip]
    private let planes: FilmFile.Planes
    private let fitting: FrameFitting?
    private var open: Open?

    /// - Parameter fitting: nil where all clips have one size.
    init(_ clips: [Clip], planes: FilmFile.Planes, fitting: FrameFitting?) {
        self.clips = clips
        self.planes = planes
        self.fitting = fitting
    }

    /// Later frames build on earlier ones: reading goes on where it was, or begins at the film's first frame.
    func read(
        _ frames: Range<Int>, ofSequence sequence: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        let clip = clips[sequence]
        var current = try resume(sequence, at: frames.lowerBound)
        while current.position < frames.lowerBound {
            guard try current.film.skip() else { throw short(clip, current.position) }
            current.position += 1
        }
        if let fitting {
            try fitting.fit(frames, of: clip.size, into: buffer) { part, stored throws(ReaderError) in
                try decode(part.count, of: clip, &current, into: stored)
            }
        } else {
            try decode(frames.count, of: clip, &current, into: buffer)
        }
        if frames.upperBound == clip.frameCount, try current.film.skip() {
            let message = "decodes to more frames than the \(clip.frameCount) that its container has"
            throw ReaderError(.damaged, message, path: clip.path)
        }
        if frames.upperBound < clip.frameCount { open = consume current }
    }

    /// Decodes the next frames as they are stored, but for the change of their values.
    private func decode(
        _ count: Int, of clip: Clip, _ current: inout Open, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        for frame in buffer.parts(count) {
            guard try current.film.next(planes, into: frame) else { throw short(clip, current.position) }
            current.position += 1
        }
        if clip.change == .stretched { PictureFilms.applyStretch(to: buffer) }
    }

    private func resume(_ sequence: Int, at frame: Int) throws(ReaderError) -> Open {
        if let kept = open.take(), kept.sequence == sequence, kept.position <= frame { return kept }
        return Open(film: try FilmFile(clips[sequence].path), sequence: sequence, position: 0)
    }

    private func short(_ clip: Clip, _ position: Int) -> ReaderError {
        let message = "decodes to \(position) frames where its container has \(clip.frameCount)"
        return ReaderError(.damaged, message, path: clip.path)
    }

    private static func applyStretch(to buffer: UnsafeMutableRawBufferPointer) {
        for index in buffer.indices { buffer[index] = stretch[Int(buffer[index])] }
    }
}

extension UnsafeMutableRawBufferPointer {
    /// Equal parts one behind the other.
    fileprivate func parts(_ count: Int) -> [UnsafeMutableRawBufferPointer] {
        let size = self.count / Swift.max(1, count)
        return (0..<count).map { UnsafeMutableRawBufferPointer(rebasing: self[($0 * size)..<(($0 + 1) * size)]) }
    }
}

extension Int {
    fileprivate func flooredDivision(by divisor: Int) -> Int {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
