import BankRig
import DataBank
import SpaceTime
import Testing

@testable import Streaming

/// A data set whose element values tell field, sequence and frame, with gaps, duplicates, segments and empty frames.
struct StreamRig {
    let temporary: TemporaryBank
    let provider: MemoryProvider

    var bank: Bank { temporary.bank }

    /// - Parameter shape: changes the survey before it is ingested.
    init(
        seed: UInt64 = 1, sequences: Int = 6, archive: Bool = false, pieceBytes: Int? = nil,
        element: ElementType = .int16
    ) throws {
        temporary = try TemporaryBank()
        var numbers = Numbers(state: seed)
        let fields = [
            Field(name: "rain", element: element, rows: 4, columns: 5, missing: [.integer(-1)]),
            Field(name: "wind", element: .float32, channels: 2, rows: 4, columns: 5, scale: 0.5, offset: 1),
        ]
        var surveys: [SequenceSurvey] = []
        var frames: [[[UInt8]]] = []
        for number in 0..<sequences {
            let count = Int.random(in: 6...40, using: &numbers)
            let splits: [Split] = [.train, .train, .validation, .test]
            surveys.append(
                SequenceSurvey(
                    id: "sequence-\(number)", times: [StreamRig.times(count, &numbers)],
                    split: splits[number % splits.count],
                    segments: number % 3 == 2 ? [1..<(count / 2), (count / 2)..<(count - 1)] : []))
            frames.append(StreamRig.frames(count, number, &numbers))
        }
        let survey = Survey(
            format: "memory", variant: "stream", title: "Numbers that tell where they belong", fields: fields,
            timeAxis: TimeAxis(kind: .clock, utcOffsetMinutes: 0, cadence: 300), sequences: surveys, sources: [],
            splitRule: .source)
        provider = MemoryProvider(survey, frames: frames)
        _ = try temporary.ingest(provider, as: "sample") { request in
            request.archive = archive
            if let pieceBytes { request.pieceBytes = pieceBytes }
        }
    }

    private static func times(_ count: Int, _ numbers: inout Numbers) -> FrameTimes {
        var time: Int64 = 1000
        return FrameTimes(
            (0..<count).map { _ in
                defer { time += [300, 300, 300, 300, 300, 300, 300, 0, 900][Int.random(in: 0..<9, using: &numbers)] }
                return time
            })
    }

    /// Frame f of sequence s: rain is s * 100 + f in its first element, wind the same plus 0.25 per channel.
    private static func frames(_ count: Int, _ sequence: Int, _ numbers: inout Numbers) -> [[UInt8]] {
        var (rain, wind): ([UInt8], [UInt8]) = ([], [])
        for frame in 0..<count {
            let isEmpty = Int.random(in: 0..<15, using: &numbers) == 0
            for cell in 0..<20 {
                let value = Int16(isEmpty ? -1 : cell == 3 ? -1 : sequence * 100 + frame + cell * 1000 % 7000)
                rain += withUnsafeBytes(of: value) { Array($0) }
            }
            for cell in 0..<40 {
                let value = cell == 7 ? Float.nan : Float(sequence * 100 + frame) + Float(cell) / 64
                wind += withUnsafeBytes(of: value) { Array($0) }
            }
        }
        return [rain, wind]
    }

    func rows() throws -> [SequenceRow] {
        try Dataset(bank.resolve("sample").digest, in: bank).sequences()
    }
}

extension BatchSource {
    /// A batch's numbers, copied.
    struct Copy: Equatable {
        var inputs: [UInt32]
        var targets: [UInt32]
        var valid: [UInt8]
        var windows: [Int64]
        var sequences: [Int64]
        var firstFrames: [Int64]
    }

    func copy(epoch: Int, step: Int, shard: Shard = .whole, threads: Int = 1) throws -> Copy {
        let slots = try shard.share(ofBatch: plan.batchSize)
        let buffer = try BatchBuffer(
            slots: slots, inputs: inputShape.reduce(1, *), targets: targetShape.reduce(1, *), masks: true)
        try fill(epoch: epoch, step: step, shard: shard, into: buffer.memory, threads: threads)
        return Copy(buffer.memory, slots, self)
    }
}

extension BatchSource.Copy {
    init(_ memory: BatchMemory, _ slots: Int, _ source: BatchSource) {
        inputs = (0..<(slots * source.inputShape.reduce(1, *))).map { memory.inputs[$0].bitPattern }
        targets = (0..<(slots * source.targetShape.reduce(1, *))).map { memory.targets[$0].bitPattern }
        valid = (0..<slots).map { memory.valid?[$0] ?? 9 }
        windows = (0..<slots).map { memory.windows?[$0] ?? -1 }
        sequences = (0..<slots).map { memory.sequences?[$0] ?? -1 }
        firstFrames = (0..<slots).map { memory.firstFrames?[$0] ?? -1 }
    }

    init(_ batch: Batch, _ source: BatchSource) { self.init(batch.memory, batch.count, source) }

    static func + (left: Self, right: Self) -> Self {
        var both = left
        both.inputs += right.inputs
        both.targets += right.targets
        both.valid += right.valid
        both.windows += right.windows
        both.sequences += right.sequences
        both.firstFrames += right.firstFrames
        return both
    }
}

extension PlanRequest {
    /// Anything that a plan for `StreamRig` may ask for.
    static func random(_ numbers: inout Numbers) -> PlanRequest {
        var plan = PlanRequest()
        plan.split = Split.allCases.randomElement(using: &numbers)
        plan.inputFrames = Int.random(in: 1...4, using: &numbers)
        plan.targetFrames = Int.random(in: 0...3, using: &numbers)
        plan.stride = Int.random(in: 1...5, using: &numbers)
        plan.inputField = ["rain", "wind"].randomElement(using: &numbers)
        plan.targetField = ["rain", "wind"].randomElement(using: &numbers)
        plan.batchSize = [1, 4, 8, 12].randomElement(using: &numbers)
        plan.seed = numbers.next()
        plan.order = [.stored, .shuffled, .blocks(size: 3, mixed: 2)].randomElement(using: &numbers)
        plan.crossGaps = Bool.random(using: &numbers)
        plan.keepMissing = Bool.random(using: &numbers)
        plan.normalise = [Normalisation.none, .standard, .minmax, .log, .affine(2, -1)].randomElement(using: &numbers)
        plan.crop =
            [nil, .init(rows: 2, columns: 3), .init(rows: 3, columns: 2, place: .random)].randomElement(using: &numbers)
            ?? nil
        plan.resize = [nil, nil, .init(rows: 3, columns: 7)].randomElement(using: &numbers) ?? nil
        return plan
    }
}
