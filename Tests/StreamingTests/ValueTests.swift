import BankRig
import DataBank
import Glibc
import SpaceTime
import Testing

@testable import Streaming

struct ValueTests {
    /// One sequence of random stored bits in every element type; the batch must be what plain arithmetic gives.
    @Test(arguments: ElementType.allCases)
    func valuesAreThoseOfTheSpecification(element: ElementType) throws {
        var numbers = Numbers(state: 3)
        let missing: [Scalar] =
            element == .uint8 ? [.integer(255), .integer(7)] : element == .int8 ? [] : [.integer(7)]
        let field = Field(
            name: "x", element: element, channels: 2, rows: 5, columns: 9, scale: 0.37, offset: -3, missing: missing)
        let temporary = try TemporaryBank()
        let frames = 40
        let bytes = ValueTests.stored(element, count: frames * field.elementsPerFrame, &numbers)
        let survey = Survey(
            format: "memory", variant: "values", title: "Values", fields: [field], timeAxis: TimeAxis(kind: .counter),
            sequences: [SequenceSurvey(id: "a", times: [FrameTimes(count: frames)], split: .train)], sources: [],
            splitRule: .source)
        _ = try temporary.ingest(MemoryProvider(survey, frames: [[bytes]]), as: "values")
        let dataset = try Dataset(temporary.bank.resolve("values").digest, in: temporary.bank)
        for rule in [Normalisation.none, .standard, .minmax, .log, .affine(1.5, 0.25)] {
            for crop in [nil, BatchPlan.Crop(rows: 3, columns: 4, place: .fixed(row: 2, column: 5))] {
                var plan = PlanRequest()
                (plan.inputFrames, plan.targetFrames, plan.batchSize) = (3, 2, 4)
                (plan.normalise, plan.crop, plan.fill, plan.keepMissing) = (rule, crop, -99, true)
                let source = try BatchSource("values", in: temporary.bank, plan)
                let rules = try ChannelRule(rule, field: 0, of: dataset, source: "memory")
                let expected = PlainValues(field: field, rule: rules, crop: crop, fill: -99)
                for step in 0..<2 {
                    let batch = try source.copy(epoch: 0, step: step)
                    let plain = batch.firstFrames.flatMap { expected.frames(Int($0)..<(Int($0) + 3), of: bytes) }
                    #expect(batch.inputs == plain.map(\.bitPattern), "\(element) \(rule)")
                    let targets = batch.firstFrames.flatMap {
                        expected.frames((Int($0) + 3)..<(Int($0) + 5), of: bytes)
                    }
                    #expect(batch.targets == targets.map(\.bitPattern), "\(element) \(rule)")
                }
            }
        }
    }

    /// Bits that hold ordinary numbers, sentinels, NaN and infinities.
    private static func stored(_ element: ElementType, count: Int, _ numbers: inout Numbers) -> [UInt8] {
        (0..<count).flatMap { _ -> [UInt8] in
            let bits = numbers.next() >> 3
            let special = numbers.next() >> 40 & 15
            switch element {
            case .float32:
                let value: Float =
                    special == 0 ? .nan : special == 1 ? .infinity : special == 2 ? 7 : Float(bits & 4095) - 0.5
                return withUnsafeBytes(of: special == 3 ? -0.0 : value) { Array($0) }
            case .float64:
                let value: Double =
                    special == 0 ? .nan : special == 1 ? -.infinity : special == 2 ? 7 : Double(bits) / 1e15
                return withUnsafeBytes(of: value) { Array($0) }
            default:
                let value = special == 0 ? 7 : special == 1 ? 255 : bits
                return withUnsafeBytes(of: value) { Array($0.prefix(element.byteCount)) }
            }
        }
    }

    @Test func linearPicturesStayLinearWhenResized() throws {
        let field = Field(name: "x", element: .float64, rows: 8, columns: 12)
        var cells: [Double] = []
        for frame in 0..<3 {
            for cell in 0..<96 { cells.append(Double(frame + cell / 12 * 10 + cell % 12)) }
        }
        let temporary = try TemporaryBank()
        let survey = Survey(
            format: "memory", variant: "values", title: "Slopes", fields: [field], timeAxis: TimeAxis(kind: .counter),
            sequences: [SequenceSurvey(id: "a", times: [FrameTimes(count: 3)], split: .train)], sources: [],
            splitRule: .source)
        let bytes = cells.flatMap { value in withUnsafeBytes(of: value) { Array($0) } }
        _ = try temporary.ingest(MemoryProvider(survey, frames: [[bytes]]), as: "slopes")
        var plan = PlanRequest()
        (plan.inputFrames, plan.targetFrames, plan.batchSize) = (3, 0, 1)
        plan.resize = .init(rows: 4, columns: 24)
        let batch = try BatchSource("slopes", in: temporary.bank, plan).copy(epoch: 0, step: 0)
        for frame in 0..<3 {
            for row in 0..<4 {
                for column in 0..<24 {
                    let place = min(max((Double(column) + 0.5) / 2 - 0.5, 0), 11)
                    let value: Double = Double(frame) + (2 * Double(row) + 0.5) * 10 + place
                    let found = Float(bitPattern: batch.inputs[frame * 96 + row * 24 + column])
                    #expect(found == Float(value))
                }
            }
        }
    }

    @Test func masksMarkWhatIsMissing() throws {
        let rig = try StreamRig()
        var plan = PlanRequest()
        (plan.inputFrames, plan.targetFrames, plan.batchSize) = (2, 1, 2)
        let stream = try BatchStream("sample", in: rig.bank, plan: plan, masks: true)
        while let batch = try stream.next() {
            for place in 0..<(2 * 2 * 20) {
                #expect((batch.memory.inputMask?[place] == 0) == batch.memory.inputs[place].isNaN)
            }
            #expect((0..<80).contains { batch.memory.inputMask?[$0] == 0 })
        }
    }
}

/// The specification's values in the plainest arithmetic.
private struct PlainValues {
    let field: Field
    let rule: ChannelRule
    let crop: BatchPlan.Crop?
    let fill: Float

    func frames(_ frames: Range<Int>, of bytes: [UInt8]) -> [Float] {
        var result: [Float] = []
        var (top, left, rows, columns) = (0, 0, field.rows, field.columns)
        if let crop, case .fixed(let row, let column) = crop.place {
            (top, left, rows, columns) = (row, column, crop.rows, crop.columns)
        }
        for frame in frames {
            for channel in 0..<field.channels {
                for row in top..<(top + rows) {
                    for column in left..<(left + columns) {
                        let place = ((frame * field.channels + channel) * field.rows + row) * field.columns + column
                        result.append(value(at: place, channel, bytes))
                    }
                }
            }
        }
        return result
    }

    private func value(at place: Int, _ channel: Int, _ bytes: [UInt8]) -> Float {
        let size = field.element.byteCount
        let own = Array(bytes[(place * size)..<((place + 1) * size)])
        func load<Number: BitwiseCopyable>(_: Number.Type) -> Number {
            own.withUnsafeBytes { $0.loadUnaligned(as: Number.self) }
        }
        let (exact, single): (Double, Float) =
            switch field.element {
            case .int8: (Double(load(Int8.self)), Float(load(Int8.self)))
            case .uint8: (Double(load(UInt8.self)), Float(load(UInt8.self)))
            case .int16: (Double(load(Int16.self)), Float(load(Int16.self)))
            case .uint16: (Double(load(UInt16.self)), Float(load(UInt16.self)))
            case .int32: (Double(load(Int32.self)), Float(load(Int32.self)))
            case .uint32: (Double(load(UInt32.self)), Float(load(UInt32.self)))
            case .int64: (Double(load(Int64.self)), Float(load(Int64.self)))
            case .uint64: (Double(load(UInt64.self)), Float(load(UInt64.self)))
            case .float32: (Double(load(Float.self)), load(Float.self))
            case .float64: (load(Double.self), Float(load(Double.self)))
            }
        if !exact.isFinite || field.missing.contains(where: { $0.number == exact }) { return fill }
        switch rule.form {
        case .log(let shift):
            let physical = max(0, exact * rule.scales[channel] + rule.offsets[channel])
            return Float(shift == 1 ? log1p(physical) : log(physical + shift))
        case .affine:
            let (scale, offset) = (Float(rule.scales[channel]), Float(rule.offsets[channel]))
            return scale == 1 && offset == 0 ? single : single * scale + offset
        }
    }
}
