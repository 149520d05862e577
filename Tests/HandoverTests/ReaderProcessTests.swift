import Foundation
import Glibc
import Handover
import SpaceTime
import Testing

/// Tests that start processes, one after the other, since some count what is left over.
@Suite(.serialized)
struct ProcessTests {}

extension ProcessTests {
    @Suite(.serialized)
    struct Conversation {
        @Test func framesComeOverAsTheReaderWroteThem() throws {
            let process = try Rig().start("good")
            let recorder = Recorder(process.survey)
            try process.deliver(process.everything, to: recorder)
            #expect(recorder.wrong == 0)
            #expect(recorder.framesOfField == [4006, 4006])
            #expect(recorder.events.prefix(4) == ["begin 0 0..<1000", "frames seen 1000", "end", "begin 1 0..<1001"])
            #expect(recorder.covariates[0].count == 2006)
            #expect(recorder.covariates[0][2] == 1)
            #expect(recorder.covariates[0][1].isNaN)
        }

        @Test func theSurveyComesOverWithNumbersThatJSONDoesNotKnow() throws {
            let survey = try Rig().start("good").survey
            #expect(survey.sequences.map(\.id) == (0..<4).map { "sequence \($0)" })
            #expect(survey.sequences[2].times[0].values.prefix(2) == [2, 302])
            guard case .real(let number) = survey.sequences[0].attributes["nan"] else {
                Issue.record("no NaN but \(String(describing: survey.sequences[0].attributes["nan"]))")
                return
            }
            #expect(number.isNaN)
            #expect(survey.fields[1].missing == [.real(-9999), .integer(3)])
        }

        @Test func partsMayBeAskedForInAnyOrderAndAgain() throws {
            let process = try Rig().start("good")
            let parts = [
                FrameRange(sequence: 3, frames: 5..<900), FrameRange(sequence: 0, frames: 0..<1),
                FrameRange(sequence: 3, frames: 0..<5), FrameRange(sequence: 2, frames: 7..<7),
            ]
            for _ in 0..<3 {
                let recorder = Recorder(process.survey)
                try process.deliver(parts, to: recorder)
                #expect(recorder.wrong == 0)
                #expect(recorder.framesOfField == [901, 901])
                #expect(recorder.events.filter { $0 == "end" }.count == 4)
            }
        }

        @Test func aFrameLargerThanASlotWidensTheSlots() throws {
            let process = try Rig().start("wide", frames: 10)
            let recorder = Recorder(process.survey)
            try process.deliver(process.everything, to: recorder)
            #expect(recorder.wrong == 0)
            #expect(recorder.framesOfField == [46, 46])
        }

        @Test func aRefusedSequenceIsLeftOutAndTheOthersCome() throws {
            let process = try Rig().start("refuse")
            let recorder = Recorder(process.survey)
            var parts = process.everything
            parts.insert(FrameRange(sequence: 1, frames: 3..<9), at: 2)
            try process.deliver(parts, to: recorder)
            #expect(recorder.events.contains("refuse the middle is torn"))
            #expect(recorder.events.filter { $0 == "end" }.count == 3)
            #expect(recorder.events.filter { $0.hasPrefix("begin 1") }.count == 1)
            #expect(recorder.wrong == 0)
        }

        @Test func blocksCanBeHeldUntilTheRingIsFullAndGivenBackByAnotherThread() throws {
            let process = try Rig().start("good", frames: 5000)
            let recorder = SlowReturner(process.survey)
            try process.deliver(process.everything, to: recorder)
            #expect(recorder.count == 20_006 * 2)
        }

        @Test func blocksOutliveTheProcess() throws {
            var process: ReaderProcess? = try Rig().start("good")
            let recorder = Recorder(try #require(process).survey)
            recorder.keeps = 2
            try process?.deliver([FrameRange(sequence: 0, frames: 0..<204)], to: recorder)
            #expect(recorder.kept.count == 2)
            process = nil
            #expect(recorder.kept[0].bytes[1] == 1)
            #expect(recorder.kept[0].bytes.count == 204 * 20)
            recorder.kept = []
        }

        @Test func aBigSurveyComesOver() throws {
            let process = try Rig().start("huge", frames: 2)
            #expect(process.survey.sequences.count == 100_000)
        }

        @Test func whatTheProcessSaysIsPassedOnWithoutControlCharacters() throws {
            let lines = Lines()
            _ = try Rig().start("talk") { lines.append($0) }
            #expect(lines.all.prefix(2) == ["first line", "second line [31m"])
        }

        @Test func aFloodOfWordsIsCutShort() throws {
            let lines = Lines()
            _ = try Rig().start("flood") { lines.append($0) }
            #expect(lines.all.count == 201)
            #expect(lines.all.last == "what the reader process says beyond this is left out")
        }
    }
}

/// Gives each block back a little later, from another thread.
private final class SlowReturner: FrameReceiver {
    var count = 0
    private let queue = DispatchQueue(label: "returns")
    private let survey: Survey

    init(_ survey: Survey) { self.survey = survey }

    func begin(_ part: FrameRange, covariates: [[Double]]) {}

    func receive(_ block: FrameBlock, field: Int, count: Int) {
        self.count += count
        queue.async {
            usleep(200)
            withExtendedLifetime(block) {}
        }
    }

    func end() {}
    func refuse(_ reason: String) {}
    func tally(_ what: String, by amount: Int) {}
}
