import Foundation
import Glibc
import Handover
import SpaceTime
import Testing

extension ProcessTests {
    @Suite(.serialized)
    struct Hostile {
        /// What starting a reader or asking it for everything ends in.
        private func error(_ act: String, in rig: Rig, paths: [String] = []) throws -> ReaderError {
            try #require(
                throws: ReaderError.self,
                performing: {
                    let process = try rig.start(act, paths: paths)
                    try process.deliver(process.everything, to: Recorder(process.survey))
                })
        }

        @Test(arguments: [
            ("crash", "SIGSEGV"), ("abort", "SIGABRT"), ("trap", "SIG"),
        ])
        func aCrashIsRefusedInputWithTheFilesName(_ act: String, _ signal: String) throws {
            let error = try error(act, in: Rig(), paths: ["/data/first.h5"])
            #expect(error.code == .damaged)
            #expect(error.path == "/data/first.h5")
            #expect(error.message.contains("the reader was ended by \(signal)"))
            #expect(error.message.contains("while reading /data/first.h5; the file is damaged or hostile"))
        }

        @Test func aCrashNamesTheFileOpenedLast() throws {
            let error = try error("crash-later", in: Rig(), paths: ["/data/first.h5"])
            #expect(error.path == "/data/second.h5")
            #expect(error.code == .damaged)
        }

        @Test func theRuntimesLastWordsAreKept() throws {
            #expect(try error("trap", in: Rig()).message.contains("an index was out of range"))
        }

        @Test func errorsOfTheReaderArriveUnchanged() throws {
            #expect(
                try error("fail", in: Rig())
                    == ReaderError(.notFound, "nothing is here; name another folder", path: "/some/where"))
            #expect(
                try error("fail-later", in: Rig())
                    == ReaderError(.damaged, "chunk 3 does not inflate", path: "/data/second.h5"))
            #expect(try error("fail-settings", in: Rig()) == ReaderError(.usage, "no such act"))
            #expect(try error("odd-error", in: Rig()).message.count == 1 << 16)
        }

        @Test func afterAnErrorOtherPartsCanBeRead() throws {
            let process = try Rig().start("fail-later")
            #expect(throws: ReaderError.self) {
                try process.deliver(process.everything, to: Recorder(process.survey))
            }
            let recorder = Recorder(process.survey)
            try process.deliver([FrameRange(sequence: 2, frames: 0..<1002)], to: recorder)
            #expect(recorder.wrong == 0)
            #expect(recorder.framesOfField == [1002, 1002])
        }

        @Test(arguments: ["loop", "sleep", "stop-later", "lie-short"])
        func aReaderThatHangsIsEnded(_ act: String) throws {
            let rig = try Rig()
            rig.limits.stall = 0.6
            let error = try error(act, in: rig, paths: ["/data/first.h5"])
            #expect(error.code == .damaged)
            #expect(error.message.contains("no sign of work"))
            #expect(error.path == "/data/first.h5")
        }

        @Test func aLoopRunsIntoTheLimitOfProcessorTime() throws {
            let rig = try Rig()
            rig.limits.processorSeconds = 1
            let error = try error("loop", in: rig)
            #expect(error.code == .damaged)
            #expect(error.message.contains("used up its processor time"))
        }

        @Test func aReaderThatWorksInSilenceIsNotEnded() throws {
            let rig = try Rig()
            rig.limits.stall = 0.8
            let file = try rig.folder.file("long", [UInt8](repeating: 1, count: 1 << 20))
            let process = try rig.start("read-long", paths: [file])
            #expect(process.survey.sequences.count == 4)
        }

        @Test func aReceiverThatHoldsBlocksIsNoStall() throws {
            let rig = try Rig()
            rig.limits.stall = 0.3
            let process = try rig.start("good")
            let recorder = LateReturner()
            try process.deliver([FrameRange(sequence: 0, frames: 0..<1000)], to: recorder)
            #expect(recorder.count == 2000)
        }

        @Test(arguments: ["bomb", "bomb-malloc"])
        func memoryIsBounded(_ act: String) throws {
            let rig = try Rig()
            rig.limits.memory = 256 << 20
            let error = try error(act, in: rig, paths: ["/data/bomb.gz"])
            #expect(error.code == .damaged)
            #expect(error.message.contains("needed more than 256 MiB of memory"))
            #expect(error.path == "/data/bomb.gz")
        }

        @Test func scratchFilesAreBounded() throws {
            let rig = try Rig()
            rig.limits.scratchFile = 10 << 20
            let error = try error("fill-disk", in: rig)
            #expect(error.code == .damaged)
            #expect(error.message.contains("scratch file became too large (SIGXFSZ)"))
        }

        @Test(arguments: ["exit", "exit-later", "close", "descriptors"])
        func goingWithoutAWordIsAnError(_ act: String) throws {
            let error = try error(act, in: Rig())
            #expect(error.code == .damaged)
            #expect(error.message.contains("without a word") || error.message.contains("stopped talking"))
        }

        @Test(arguments: [
            "lie-length", "lie-json", "lie-deep", "lie-kind", "lie-early", "lie-noise", "lie-skip", "lie-done",
            "lie-covariates", "lie-survey-again", "lie-slot", "lie-field", "lie-count", "lie-more", "lie-size",
            "lie-twice", "lie-end", "lie-begin",
        ])
        func liesAreFound(_ act: String) throws {
            let rig = try Rig()
            let error = try #require(
                throws: ReaderError.self,
                performing: {
                    let process = try rig.start(act)
                    let recorder = Hoarder()
                    try process.deliver(process.everything, to: recorder)
                })
            #expect(error.code == .damaged)
            #expect(error.message.contains("broke its protocol"), "\(error.message)")
        }

        @Test func aReaderThatForgetsPartsIsAtFault() throws {
            #expect(try error("forget", in: Rig()).message.contains("fault in stbank"))
        }

        @Test func whatTheReceiverThrowsEndsTheDelivery() throws {
            let before = try OwnProcess.children()
            let process = try Rig().start("good")
            let recorder = Recorder(process.survey)
            recorder.stopsAfterBlocks = 4
            #expect(throws: Recorder.Stop()) { try process.deliver(process.everything, to: recorder) }
            #expect(try OwnProcess.children() == before)
            #expect(throws: ReaderError.self) { try process.deliver(process.everything, to: recorder) }
        }

        @Test func nothingIsLeftOver() throws {
            func round() throws {
                for act in ["good", "crash", "crash-later", "lie-slot", "fail", "refuse"] {
                    _ = try? Rig().start(act).deliver([FrameRange(sequence: 0, frames: 0..<200)], to: Hoarder())
                }
                #expect(throws: ReaderError.self) {
                    let request = ReaderRequest(
                        format: "none", location: Location(paths: [], scratch: "/tmp", threads: 1))
                    _ = try ReaderProcess(executable: "/nowhere/stbank-read", request: request)
                }
            }
            try round()
            let (descriptors, children) = (try OwnProcess.descriptors(), try OwnProcess.children())
            for _ in 0..<3 { try round() }
            #expect(try OwnProcess.descriptors() == descriptors)
            #expect(try OwnProcess.children() == children)
        }

        @Test(arguments: ["loop", "endless", "good"])
        func aReaderDoesNotOutliveAParentThatIsKilled(_ act: String) throws {
            let parent = Process()
            parent.executableURL = URL(fileURLWithPath: Rig.executable)
            parent.arguments = ["parent", act]
            parent.standardOutput = FileHandle.nullDevice
            try parent.run()
            var readers: Set<String> = []
            for _ in 0..<500 where readers.isEmpty {
                usleep(10_000)
                readers = try OwnProcess.children(of: String(parent.processIdentifier))
            }
            let reader = try #require(readers.first)
            usleep(300_000)
            kill(parent.processIdentifier, SIGKILL)
            parent.waitUntilExit()
            for _ in 0..<200 where isRunning(reader) { usleep(10_000) }
            #expect(!isRunning(reader))
        }

        /// Whether a process is there and no zombie that only waits for whoever adopted it.
        private func isRunning(_ process: String) -> Bool {
            let text = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
            guard let end = text.lastIndex(of: ")") else { return false }
            return !text[end...].hasPrefix(") Z")
        }
    }
}

/// Keeps the blocks of one frame: those that liars send.
private final class Hoarder: FrameReceiver {
    private var blocks: [FrameBlock] = []

    func begin(_ part: FrameRange, covariates: [[Double]]) {}

    func receive(_ block: FrameBlock, field: Int, count: Int) {
        if count == 1 { blocks.append(block) }
    }

    func end() {}
    func refuse(_ reason: String) {}
    func tally(_ what: String, by amount: Int) {}
}

/// Keeps blocks longer than the patience with a reader lasts.
private final class LateReturner: FrameReceiver {
    var count = 0
    private let queue = DispatchQueue(label: "late")
    private var held = 0

    func begin(_ part: FrameRange, covariates: [[Double]]) {}

    func receive(_ block: FrameBlock, field: Int, count: Int) {
        self.count += count
        held += 1
        let isLate = held <= 3
        queue.asyncAfter(deadline: .now() + (isLate ? 0.9 : 0)) { withExtendedLifetime(block) {} }
    }

    func end() {}
    func refuse(_ reason: String) {}
    func tally(_ what: String, by amount: Int) {}
}
