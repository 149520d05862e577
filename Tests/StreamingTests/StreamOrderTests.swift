import BankRig
import DataBank
import Foundation
import SpaceTime
import Testing

@testable import Streaming

/// Numbers that another program made from StreamOrder.md: `Tests/Fixtures/stream-order.json`.
struct StreamOrderTests {
    private let vectors: OrderVectors

    init() throws { vectors = try OrderVectors.load() }

    @Test func bitsAndHashesAreThoseOfTheSpecification() {
        for vector in vectors.random_bits { #expect(String(vector.value) == vector.bits) }
        for vector in vectors.hashes {
            var text = vector.text
            #expect(text.withUTF8 { XXH3.text(of: UnsafeRawBufferPointer($0)) } == vector.xxh3)
        }
        #expect(vectors.random_bits.count == 6 && vectors.hashes.count == 11)
    }

    @Test func permutationsAreThoseOfTheSpecification() throws {
        for vector in vectors.permutations {
            let permutation = Permutation(count: vector.count, key: try #require(UInt64(vector.key)))
            #expect(vector.places.map { permutation($0) } == vector.values, "\(vector.count)")
        }
        #expect(vectors.permutations.count == 15)
    }

    @Test func ordersOfEpochsAreThoseOfTheSpecification() throws {
        for vector in vectors.orders {
            let order = EpochOrder(
                try vector.order.value, windows: vector.windows, seed: try #require(UInt64(vector.seed)),
                epoch: vector.epoch)
            #expect((0..<vector.windows).map { order.window(at: $0) } == vector.served, "\(vector.order)")
        }
        #expect(vectors.orders.count == 24)
    }

    @Test func ranksTakeTheirSlicesOfTheSpecification() throws {
        for vector in vectors.batches {
            let bank = try bank(sequences: [("only", vector.windows)], rows: 1, columns: 1)
            var request = request(batchSize: vector.batch_size, seed: vector.seed)
            request.order = .shuffled
            request.dropLast = vector.drop_last
            let source = try BatchSource("sample", in: bank.bank, request)
            let slots = try (0..<source.stepsPerEpoch).map { step in
                try (0..<vector.world).map { rank in
                    let shard = Shard(rank: rank, world: vector.world)
                    let batch = try source.copy(epoch: vector.epoch, step: step, shard: shard)
                    return zip(batch.windows, batch.valid).map { [Int($0), Int($1)] }
                }
            }
            #expect(slots == vector.slots, "\(vector.windows) windows in batches of \(vector.batch_size)")
        }
        #expect(vectors.batches.count == 12)
    }

    @Test func randomCropsLieWhereTheSpecificationSays() throws {
        for vector in vectors.crops {
            #expect(
                String(KeyedRandom.sampleKey(sequence: vector.sequence, firstFrame: vector.first_frame)) == vector.key)
            let (rows, columns) = (vector.room[0] + 1, vector.room[1] + 1)
            let bank = try bank(
                sequences: [(vector.sequence, vector.first_frame + 1)], rows: rows, columns: columns)
            var request = request(batchSize: 1, seed: vector.seed)
            request.order = .stored
            request.crop = .init(rows: 1, columns: 1, place: .random)
            let source = try BatchSource("sample", in: bank.bank, request)
            let batch = try source.copy(epoch: vector.epoch, step: vector.first_frame)
            let cell = Int(Float(bitPattern: batch.inputs[0]))
            #expect([cell / columns, cell % columns] == vector.place)
        }
        #expect(vectors.crops.count == 4)
    }

    @Test func aFixedCropThatLeavesTheGridIsRefused() throws {
        let bank = try bank(sequences: [("only", 3)], rows: 4, columns: 5)
        for (row, column) in [(2, 0), (0, 3), (-1, 0), (0, -1), (Int.max, 0), (Int.min, 0)] {
            var request = request(batchSize: 1, seed: "0")
            request.crop = .init(rows: 3, columns: 3, place: .fixed(row: row, column: column))
            #expect {
                try BatchSource("sample", in: bank.bank, request)
            } throws: {
                "\($0)".contains("a crop of 3x3 at row \(row), column \(column) leaves the grid of `place`, 4x5")
            }
        }
    }

    private func request(batchSize: Int, seed: String) -> PlanRequest {
        var request = PlanRequest()
        (request.inputFrames, request.targetFrames, request.batchSize) = (1, 0, batchSize)
        request.seed = UInt64(seed)
        return request
    }

    /// Training sequences whose cells hold their place in the frame.
    private func bank(sequences: [(id: String, frames: Int)], rows: Int, columns: Int) throws -> TemporaryBank {
        let survey = Survey(
            format: "memory", variant: "order", title: "Cells that tell where they lie",
            fields: [Field(name: "place", element: .uint8, rows: rows, columns: columns)],
            timeAxis: TimeAxis(kind: .counter, cadence: 1),
            sequences: sequences.map {
                SequenceSurvey(id: $0.id, times: [FrameTimes(count: $0.frames)], split: .train)
            }, sources: [], splitRule: .source)
        let frame = (0..<(rows * columns)).map { UInt8($0) }
        let frames = sequences.map { [Array(repeatElement(frame, count: $0.frames).joined())] }
        let temporary = try TemporaryBank()
        _ = try temporary.ingest(MemoryProvider(survey, frames: frames), as: "sample")
        return temporary
    }
}

/// The file's content; its keys are the file's.
private struct OrderVectors: Decodable {
    struct RandomBits: Decodable {
        var seed: String
        var keys: [String]
        var bits: String

        var value: UInt64 {
            let random = KeyedRandom(seed: UInt64(seed) ?? 0)
            let keys = keys.compactMap { UInt64($0) }
            return switch keys.count {
            case 0: random.bits()
            case 2: random.bits(keys[0], keys[1])
            case 3: random.bits(keys[0], keys[1], keys[2])
            default: random.bits(keys[0], keys[1], keys[2], keys[3])
            }
        }
    }

    struct Hash: Decodable {
        var text: String
        var xxh3: String
    }

    struct PermutationVector: Decodable {
        var count: Int
        var key: String
        var places: [Int]
        var values: [Int]
    }

    struct Order: Decodable {
        var name: String
        var block_windows: Int?
        var blocks_mixed: Int?

        var value: BatchPlan.Order {
            get throws {
                if let size = block_windows, let mixed = blocks_mixed { return .blocks(size: size, mixed: mixed) }
                return try #require(BatchPlan.Order(name: name))
            }
        }
    }

    struct OrderVector: Decodable {
        var order: Order
        var windows: Int
        var seed: String
        var epoch: Int
        var served: [Int]
    }

    struct BatchVector: Decodable {
        var windows: Int
        var seed: String
        var epoch: Int
        var batch_size: Int
        var world: Int
        var drop_last: Bool
        /// By step, rank and slot: window, and 1 where it counts.
        var slots: [[[[Int]]]]
    }

    struct CropVector: Decodable {
        var sequence: String
        var first_frame: Int
        var key: String
        var seed: String
        var epoch: Int
        var room: [Int]
        var place: [Int]
    }

    var random_bits: [RandomBits]
    var hashes: [Hash]
    var permutations: [PermutationVector]
    var orders: [OrderVector]
    var batches: [BatchVector]
    var crops: [CropVector]

    static func load() throws -> OrderVectors {
        let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appendingPathComponent("Fixtures/stream-order.json"))
        return try JSONDecoder().decode(OrderVectors.self, from: data)
    }
}
