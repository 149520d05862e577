import BankRig
import DataBank
import SpaceTime
import Testing

@testable import Streaming

struct BatchTests {
    /// Every batch of some epochs, one after the other.
    private func served(_ stream: BatchStream) throws -> [BatchSource.Copy] {
        var batches: [BatchSource.Copy] = []
        while let batch = try stream.next() { batches.append(BatchSource.Copy(batch, stream.source)) }
        return batches
    }

    private func sources(_ rig: StreamRig, seed: UInt64, count: Int) throws -> [BatchSource] {
        var numbers = Numbers(state: seed)
        var sources: [BatchSource] = []
        while sources.count < count {
            if let source = try? BatchSource("sample", in: rig.bank, PlanRequest.random(&numbers)) {
                sources.append(source)
            }
        }
        return sources
    }

    @Test(arguments: 1...6)
    func everyWindowIsServedOnceAnEpoch(seed: Int) throws {
        let rig = try StreamRig(seed: UInt64(seed), pieceBytes: seed % 2 == 0 ? 300 : nil)
        for source in try sources(rig, seed: UInt64(seed), count: 8) {
            let stream = try BatchStream(source, epochs: 2, threads: seed % 4)
            let batches = try served(stream)
            #expect(batches.count == 2 * source.stepsPerEpoch)
            for epoch in 0..<2 {
                let own = batches[(epoch * source.stepsPerEpoch)..<((epoch + 1) * source.stepsPerEpoch)]
                let windows = own.map { batch in
                    zip(batch.windows, batch.valid).filter { $0.1 == 1 }.map { Int($0.0) }
                }
                #expect(Array(windows.joined()).sorted() == Array(0..<source.windowCount))
            }
        }
    }

    @Test(arguments: [1, 2, 4])
    func ranksTogetherAreTheSingleRank(world: Int) throws {
        let rig = try StreamRig()
        for source in try sources(rig, seed: 9, count: 12) where source.plan.batchSize % world == 0 {
            for step in 0..<source.stepsPerEpoch {
                let parts = try (0..<world).map {
                    try source.copy(epoch: 1, step: step, shard: Shard(rank: $0, world: world))
                }
                #expect(try parts.dropFirst().reduce(parts[0], +) == source.copy(epoch: 1, step: step))
            }
        }
    }

    @Test(arguments: [1, 2, 4])
    func aResumedStreamGoesOnWhereItStopped(world: Int) throws {
        let rig = try StreamRig(seed: 3)
        var numbers = Numbers(state: 77)
        for source in try sources(rig, seed: 10, count: 8) where source.plan.batchSize % 4 == 0 {
            let whole = try served(BatchStream(source, epochs: 3))
            for _ in 0..<3 {
                // Stopped anywhere, gone on with another number of ranks.
                let stop = Int.random(in: 0..<(whole.count - 1), using: &numbers)
                let first = try BatchStream(source, epochs: 3, threads: 1)
                var state: StreamState?
                for _ in 0...stop { state = try first.next()?.next }
                let text = try #require(state).value.canonicalText
                let parts = try (0..<world).map { rank in
                    try served(
                        BatchStream(
                            BatchSource("sample", in: rig.bank, PlanRequest(source.plan.value)),
                            shard: Shard(rank: rank, world: world), from: StreamState(JSONText.value(text)), epochs: 3,
                            threads: 2))
                }
                let rest = whole[(stop + 1)...]
                #expect(parts.allSatisfy { $0.count == rest.count })
                for (place, batch) in rest.enumerated() {
                    #expect(parts.dropFirst().reduce(parts[0][place]) { $0 + $1[place] } == batch)
                }
            }
        }
    }

    @Test func threadsAndRingsChangeNothing() throws {
        let rig = try StreamRig(seed: 4)
        for source in try sources(rig, seed: 11, count: 6) {
            let plain = try (0..<source.stepsPerEpoch).map { try source.copy(epoch: 0, step: $0) }
            for (threads, ahead) in [(0, 1), (1, 1), (2, 3), (5, 8)] {
                #expect(try served(BatchStream(source, threads: threads, ahead: ahead)) == plain)
            }
            #expect(try (0..<source.stepsPerEpoch).map { try source.copy(epoch: 0, step: $0, threads: 3) } == plain)
        }
    }

    @Test func packedFramesGiveTheSameBatches() throws {
        let (plain, packed) = (try StreamRig(seed: 5), try StreamRig(seed: 5, archive: true))
        for (one, other) in zip(try sources(plain, seed: 12, count: 8), try sources(packed, seed: 12, count: 8)) {
            #expect(one.planDigest == other.planDigest && one.digest == other.digest)
            for step in 0..<one.stepsPerEpoch {
                #expect(try one.copy(epoch: 0, step: step) == other.copy(epoch: 0, step: step))
            }
        }
    }

    @Test func batchesThatAreKeptStayAsTheyAre() throws {
        let rig = try StreamRig(seed: 6)
        let source = try sources(rig, seed: 13, count: 1)[0]
        let stream = try BatchStream(source, epochs: 5, threads: 2, ahead: 2)
        var kept: [Batch] = []
        while let batch = try stream.next() { kept.append(batch) }
        for batch in kept {
            #expect(try BatchSource.Copy(batch, source) == source.copy(epoch: batch.epoch, step: batch.step))
        }
    }

    @Test func anAsyncSequenceServesTheSame() async throws {
        let rig = try StreamRig(seed: 7)
        let source = try sources(rig, seed: 14, count: 1)[0]
        var batches: [BatchSource.Copy] = []
        for try await batch in try BatchStream(source, epochs: 2, threads: 2) {
            batches.append(BatchSource.Copy(batch, source))
        }
        #expect(try batches == served(BatchStream(source, epochs: 2, threads: 0)))
    }

    @Test func aWorldThatDoesNotDivideTheBatchIsToldTheNearest() throws {
        let rig = try StreamRig()
        var plan = PlanRequest()
        (plan.inputFrames, plan.targetFrames, plan.batchSize) = (2, 1, 12)
        let source = try BatchSource("sample", in: rig.bank, plan)
        let error = #expect(throws: BankError.self) {
            try BatchStream(source, shard: Shard(rank: 0, world: 5))
        }
        #expect(error?.message.contains("take 4 or 6 processes") == true)
    }

    @Test func aStateOfAnotherPlanIsRefused() throws {
        let rig = try StreamRig()
        var plan = PlanRequest()
        (plan.inputFrames, plan.targetFrames) = (2, 1)
        let state = try BatchStream("sample", in: rig.bank, plan: plan).next()?.next
        plan.seed = 1
        let error = #expect(throws: BankError.self) { try BatchStream("sample", in: rig.bank, plan: plan, from: state) }
        #expect(error?.message.contains("the state is of another plan") == true)
    }
}
