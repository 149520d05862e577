import Foundation
import Handover
import SpaceTime
import Testing

extension ProcessTests {
    /// The real readers behind the real process, on the sample data of the project.
    @Suite(.serialized)
    struct RealReaders {
        private static let samples = URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("sample-data").path

        private func start(_ format: String, _ paths: [String], _ settings: [String: String] = [:]) throws
            -> ReaderProcess
        {
            let folder = try TemporaryFolder()
            let request = ReaderRequest(
                format: format, settings: settings,
                location: Location(paths: paths, scratch: folder.path, threads: 1))
            return try ReaderProcess(executable: ReaderExecutable.folder() + "/stbank-read", request: request)
        }

        @Test(arguments: ["sevir", "taxibj"])
        func sampleDataComesOver(_ format: String) throws {
            let process = try start(format, ["\(Self.samples)/\(format)"])
            let plan = try process.survey.splitRule.apply(to: process.survey)
            let counter = Counter()
            let parts = plan.parts(of: process.survey).map(\.range)
            try process.deliver(parts, to: counter)
            #expect(counter.parts == parts)
            let frames = parts.reduce(0) { $0 + $1.frames.count }
            #expect(frames > 0)
            #expect(counter.bytes + counter.refusedBytes(process.survey) == process.survey.byteCount)
        }

        @Test func aSelectionIsMadeInTheProcess() throws {
            let process = try start("taxibj", ["\(Self.samples)/taxibj"], ["crop": "0:0:8x16"])
            #expect(process.survey.fields[0].rows == 8)
            #expect(process.survey.fields[0].columns == 16)
        }

        @Test func aFormatThatIsNotThereIsWrongUsage() throws {
            let error = try #require(throws: ReaderError.self, performing: { try start("zarr", ["/tmp"]) })
            #expect(error.code == .usage)
            #expect(error.message.hasPrefix("there is no format `zarr`; there are sevir, taxibj"))
        }

        @Test func whereNothingIsTheReaderSaysSo() throws {
            let folder = try TemporaryFolder()
            let error = try #require(throws: ReaderError.self, performing: { try start("sevir", [folder.path]) })
            #expect(error.code == .notFound || error.code == .damaged)
        }
    }
}

/// Counts what comes.
private final class Counter: FrameReceiver {
    var parts: [FrameRange] = []
    var bytes = 0
    var refused: [FrameRange] = []

    func begin(_ part: FrameRange, covariates: [[Double]]) { parts.append(part) }
    func receive(_ block: FrameBlock, field: Int, count: Int) { bytes += block.bytes.count }
    func end() {}
    func refuse(_ reason: String) { refused.append(parts[parts.count - 1]) }
    func tally(_ what: String, by amount: Int) {}

    func refusedBytes(_ survey: Survey) -> Int {
        refused.reduce(0) { $0 + $1.frames.count } * survey.fields.reduce(0) { $0 + $1.frameByteCount }
    }
}
