import Foundation
import Glibc
import Handover
import SpaceTime
import Synchronization

/// A folder of a test's own, removed with it.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("handover-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = path + "/" + name
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }
}

/// Starts reader processes that misbehave.
///
/// A class: as a structure its changed limits were lost in optimised builds (Swift 6.3.1).
final class Rig {
    let folder: TemporaryFolder
    var limits = ReaderLimits()

    static var executable: String { ReaderExecutable.folder() + "/evil-reader" }

    init() throws {
        folder = try TemporaryFolder()
        limits.slotByteCount = 4096
        limits.slots = 3
    }

    func start(
        _ act: String, frames: Int = 1000, paths: [String] = [], report: @escaping (String) -> Void = { _ in }
    ) throws -> ReaderProcess {
        let request = ReaderRequest(
            format: "selftest", settings: ["act": act, "frames": String(frames)],
            location: Location(paths: paths, scratch: folder.path, threads: 1))
        return try ReaderProcess(executable: Self.executable, request: request, limits: limits, report: report)
    }
}

extension ReaderProcess {
    var everything: [FrameRange] {
        survey.sequences.indices.map { FrameRange(sequence: $0, frames: 0..<survey.sequences[$0].frameCount) }
    }
}

/// Writes down what comes, and checks the numbers against where they say they come from.
final class Recorder: FrameReceiver {
    struct Stop: Error, Equatable {}

    let survey: Survey
    var events: [String] = []
    var wrong = 0
    var framesOfField: [Int] = [0, 0]
    var covariates: [[Double]] = []
    var kept: [FrameBlock] = []
    /// How many blocks are kept rather than given back at once.
    var keeps = 0
    var stopsAfterBlocks = Int.max
    private var part = FrameRange(sequence: 0, frames: 0..<0)
    private var positions: [Int] = [0, 0]
    private var blocks = 0

    init(_ survey: Survey) { self.survey = survey }

    func begin(_ part: FrameRange, covariates: [[Double]]) {
        events.append("begin \(part.sequence) \(part.frames)")
        self.part = part
        self.covariates = covariates
        positions = [part.frames.lowerBound, part.frames.lowerBound]
    }

    func receive(_ block: FrameBlock, field: Int, count: Int) throws {
        blocks += 1
        if blocks > stopsAfterBlocks { throw Stop() }
        if block.bytes.count != count * survey.fields[field].frameByteCount { wrong += 1 }
        for (index, byte) in block.bytes.enumerated() {
            let expected = UInt8(
                truncatingIfNeeded: positions[field] &* 31 &+ part.sequence &* 7 &+ field &* 3 &+ index)
            if byte != expected { wrong += 1 }
        }
        positions[field] += count
        framesOfField[field] += count
        if kept.count < keeps { kept.append(block) }
    }

    func end() { events.append("end") }
    func refuse(_ reason: String) { events.append("refuse \(reason)") }
    func tally(_ what: String, by amount: Int) { events.append("\(what) \(amount)") }
}

/// Lines that came from a child, from whatever thread.
final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }
    func append(_ line: String) { lines.withLock { $0.append(line) } }
}

/// The open descriptors and the children of this process.
enum OwnProcess {
    static func descriptors() throws -> Int {
        try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count
    }

    static func children(of process: String = "self") throws -> Set<String> {
        var result: Set<String> = []
        for task in try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task") {
            let text = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/children", encoding: .utf8)
            result.formUnion((text ?? "").split(separator: " ").map(String.init))
        }
        return result
    }
}
