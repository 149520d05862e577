import Foundation
import Readers
import SpaceTime

/// Keeps all that a reader delivers, and checks the order of the calls.
final class RainNetSink: FrameSink {
    struct Part {
        var range: FrameRange
        var covariates: [[Double]]
        /// Bytes by field.
        var bytes: [[UInt8]]
        var refusal: String?
        var isEnded = false
    }

    private let fields: [Field]
    private let frames: Int
    private(set) var parts: [Part] = []
    private(set) var tallies: [String: Int] = [:]
    private(set) var faults: [String] = []

    /// - Parameter frames: what `capacity` answers.
    init(_ survey: Survey, frames: Int = 3) {
        fields = survey.fields
        self.frames = frames
    }

    func capacity(ofField field: Int) -> Int { frames }

    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        if let last = parts.last, !last.isEnded, last.refusal == nil { faults.append("begin before end") }
        parts.append(Part(range: part, covariates: covariates, bytes: fields.map { _ in [] }))
    }

    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        if count < 1 || count > frames { faults.append("\(count) frames in one write") }
        var bytes = [UInt8](repeating: 0xA5, count: count * fields[field].frameByteCount)
        try bytes.withUnsafeMutableBytes { try fill($0) }
        parts[parts.count - 1].bytes[field] += bytes
    }

    func end() throws {
        let part = parts[parts.count - 1]
        for (field, bytes) in zip(fields, part.bytes)
        where bytes.count != part.range.frames.count * field.frameByteCount {
            faults.append("\(bytes.count) bytes of \(field.name)")
        }
        parts[parts.count - 1].isEnded = true
    }

    func refuse(_ reason: String) throws { parts[parts.count - 1].refusal = reason }

    func tally(_ what: String, by amount: Int) throws { tallies[what, default: 0] += amount }

    /// The elements of a field in a part.
    func values<Element: BitwiseCopyable>(_ type: Element.Type, field: Int = 0, part: Int = 0) -> [Element] {
        parts[part].bytes[field].withUnsafeBytes { raw in
            (0..<raw.count / MemoryLayout<Element>.stride).map {
                raw.loadUnaligned(fromByteOffset: $0 * MemoryLayout<Element>.stride, as: Element.self)
            }
        }
    }
}

/// Where the pieces of real data lie; nil, with a line printed, where they are not on this machine.
enum RainNetRealData {
    static let folder: String? = {
        let named = ProcessInfo.processInfo.environment["STBANK_REAL_DATA"]
        let path = (named ?? "\(ArchivePython.root)/../shared/data") + "/rainnet"
        if FileManager.default.fileExists(atPath: path) { return path }
        print("RainNet: no real data at \(path) (STBANK_REAL_DATA names another place); these tests did not run")
        return nil
    }()
}

extension RainNetSink {
    /// Surveys with the RainNet reader and reads everything.
    static func readAll(
        _ paths: [String], _ settings: [String: String] = [:], scratch: String, frames: Int = 3
    ) throws -> (survey: Survey, sink: RainNetSink) {
        let reader = try RainNetReader(ReaderSettings(settings, options: RainNetReader.options, format: "rainnet"))
        let source = try reader.survey(Location(paths: paths, scratch: scratch, threads: 2))
        let sink = RainNetSink(source.survey, frames: frames)
        let sequences = source.survey.sequences
        try source.read(
            sequences.indices.map { FrameRange(sequence: $0, frames: 0..<sequences[$0].frameCount) }, into: sink)
        return (source.survey, sink)
    }
}
