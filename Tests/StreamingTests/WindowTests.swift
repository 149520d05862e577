import BankRig
import DataBank
import SpaceTime
import Testing

@testable import Streaming

struct WindowTests {
    /// Windows as the specification says them, frame by frame, from the flags that the bank itself derives.
    private func expected(_ rig: StreamRig, _ plan: BatchPlan) throws -> [[Int]] {
        let dataset = try Dataset(rig.bank.resolve("sample").digest, in: rig.bank)
        let fields = Set([plan.inputField, plan.targetField]).map { name in
            dataset.identity.fields.firstIndex { $0.name == name } ?? 0
        }
        var windows: [[Int]] = []
        for (number, row) in try rig.rows().enumerated() where row.split == plan.split {
            let flags = fields.map { row.flags(ofField: $0, axis: dataset.identity.timeAxis) }
            var runs: [[Int]] = [[]]
            var borderAhead = false
            for frame in 0..<row.frames {
                let own = flags.reduce(into: FrameFlags()) { $0.formUnion($1[frame]) }
                if own.contains(.segmentBefore) || (own.contains(.gapBefore) && !plan.crossGaps) { borderAhead = true }
                if own.contains(.outsideSegments) || (own.contains(.missing) && !plan.keepMissing) {
                    runs.append([])
                    continue
                }
                if own.contains(.duplicate) { continue }
                if borderAhead { runs.append([]) }
                borderAhead = false
                runs[runs.count - 1].append(frame)
            }
            let length = plan.inputFrames + plan.targetFrames
            for run in runs where run.count >= length {
                for start in stride(from: 0, through: run.count - length, by: plan.stride) {
                    windows.append([number] + run[start..<(start + length)])
                }
            }
        }
        return windows
    }

    private func found(_ source: BatchSource) throws -> [[Int]] {
        try (0..<source.windowCount).map { number in
            var frames = [source.windows.window(number).sequence]
            let length = source.plan.inputFrames + source.plan.targetFrames
            try source.windows.frames(ofWindow: number, 0..<length) { range throws(BankError) in frames += Array(range)
            }
            return frames
        }
    }

    @Test(arguments: 1...12)
    func windowsAreThoseOfTheSpecification(seed: Int) throws {
        let rig = try StreamRig(seed: UInt64(seed))
        var numbers = Numbers(state: UInt64(seed))
        for _ in 0..<20 {
            let request = PlanRequest.random(&numbers)
            let plan = try request.resolved(for: Dataset(rig.bank.resolve("sample").digest, in: rig.bank))
            let expected = try expected(rig, plan)
            guard !expected.isEmpty else {
                #expect(throws: BankError.self) { try BatchSource("sample", in: rig.bank, request) }
                continue
            }
            #expect(try found(BatchSource("sample", in: rig.bank, request)) == expected, "\(plan.text)")
        }
    }

    @Test func aPlanThatFitsNoWindowSaysSo() throws {
        let rig = try StreamRig()
        var plan = PlanRequest()
        plan.inputFrames = 500
        let error = #expect(throws: BankError.self) { try BatchSource("sample", in: rig.bank, plan) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("sample@1.0.0 has no window of 500 + 10 frames in split `train`") == true)
    }
}
