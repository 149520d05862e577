import Dispatch
import Draws
import Foundation
import Glibc
import Tensors
import Testing

/// Where tensors of the CPU lie: CTorch/memory.cpp.
@Suite(.serialized) struct MemoryTests {
    private static let mebibyte = 1 << 20

    /// A tensor full of one number.
    private struct Block {
        let tensor: Tensor
        let mark: Int

        init(bytes: Int, mark: Int) throws {
            tensor = try .full([bytes / 8], Double(mark), .int64)
            self.mark = mark
        }

        var isWhole: Bool {
            tensor.readBytes { bytes in
                guard let base = bytes.baseAddress, bytes.load(as: Int.self) == mark else { return false }
                return memcmp(base, base + 8, bytes.count - 8) == 0
            }
        }

        var address: Int { tensor.readBytes { Int(bitPattern: $0.baseAddress) } }
    }

    /// Sizes that repeat, as those of a training do, and others.
    private static func size(_ random: inout Draws) -> Int {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: Int.random(in: 1...1000, using: &random) * 8
        case 1...3: Int.random(in: mebibyte / 64...mebibyte, using: &random) * 8
        case 4...8: (1 << Int.random(in: 0...3, using: &random)) * mebibyte
        default: mebibyte - 8
        }
    }

    @Test func blocksKeepWhatIsInThemAndTheHeldIsNeverMoreThanTheMostInUse() throws {
        var random = Draws(state: 1)
        Engine.releaseFreedMemory()
        var blocks: [Block] = []
        for mark in 1...600 {
            if blocks.count > 30 || (!blocks.isEmpty && Bool.random(using: &random)) {
                let block = blocks.remove(at: Int.random(in: blocks.indices, using: &random))
                #expect(block.isWhole)
            } else {
                let block = try Block(bytes: Self.size(&random), mark: mark)
                #expect(block.address % 64 == 0)
                blocks.append(block)
            }
            let memory = Engine.memory
            #expect(memory.used + memory.kept <= memory.most)
        }
        for block in blocks { #expect(block.isWhole) }
    }

    @Test func theSameSizeComesBackToTheSamePlace() throws {
        let size = 3 * Self.mebibyte + 24
        var block = Optional(try Block(bytes: size, mark: 1))
        let address = block?.address
        block = nil
        #expect(Engine.memory.kept >= size)
        #expect(try Block(bytes: size, mark: 2).address == address)
    }

    @Test func otherSizesTakeOverThePagesThatAreLeft() throws {
        Engine.releaseFreedMemory()
        let before = try ResidentMemory.now()
        var blocks = try (1...8).map { try Block(bytes: 32 * Self.mebibyte, mark: $0) }
        let most = try ResidentMemory.now() - before
        #expect(most > 250 * Self.mebibyte)
        blocks = []
        // What stays is there for the next.
        #expect(try ResidentMemory.now() - before > 250 * Self.mebibyte)
        for bytes in [50, 7, 41] {
            blocks = try (1...(250 / bytes)).map { try Block(bytes: bytes * Self.mebibyte + 4096, mark: $0) }
            #expect(try ResidentMemory.now() - before < most + 8 * Self.mebibyte)
            for block in blocks { #expect(block.isWhole) }
            blocks = []
        }
        Engine.releaseFreedMemory()
        #expect(try ResidentMemory.now() - before < 32 * Self.mebibyte)
    }

    @Test func threadsDoNotGetInEachOthersWay() throws {
        let damaged = DispatchQueue.global().sync {
            let counts = UnsafeMutableBufferPointer<Int>.allocate(capacity: 4)
            defer { counts.deallocate() }
            // Each writes a place of its own.
            nonisolated(unsafe) let places = counts
            DispatchQueue.concurrentPerform(iterations: 4) { thread in
                places.initializeElement(at: thread, to: Self.damage(by: thread))
            }
            return counts.reduce(0, +)
        }
        #expect(damaged == 0)
        let memory = Engine.memory
        #expect(memory.used + memory.kept <= memory.most)
    }

    /// Takes and frees blocks; how many were not as they should be.
    private static func damage(by thread: Int) -> Int {
        var random = Draws(state: UInt64(thread))
        var blocks: [Block] = []
        var damaged = 0
        for turn in 0..<100 {
            if blocks.count > 5 {
                let block = blocks.remove(at: Int.random(in: blocks.indices, using: &random))
                damaged += block.isWhole ? 0 : 1
            }
            if let block = try? Block(bytes: size(&random), mark: thread * 1000 + turn) { blocks.append(block) }
        }
        return damaged
    }

    /// Linux allows a process 65530 of them; one that has them all can load, read and map nothing more.
    @Test func manyBlocksWithoutNeighboursLeaveMappingsForOthers() throws {
        Engine.releaseFreedMemory()
        var tensors: [Tensor?] = []
        for _ in 0..<140_000 { tensors.append(try .empty([Self.mebibyte / 8], .uint8)) }
        for place in stride(from: 0, to: tensors.count, by: 2) { tensors[place] = nil }
        Engine.releaseFreedMemory()
        #expect(try mappings() < 60_000)
        tensors = []
        Engine.releaseFreedMemory()
    }

    private func mappings() throws -> Int {
        try Data(contentsOf: URL(fileURLWithPath: "/proc/self/maps")).count { $0 == UInt8(ascii: "\n") }
    }

    @Test func nothingTakesNothing() throws {
        let before = Engine.memory
        let empty = try Tensor.empty([0, 5])
        #expect(empty.readBytes { $0.count } == 0)
        #expect(Engine.memory == before)
    }

    @Test func whatIsTooMuchIsSaidInASentence() throws {
        let held = try Tensor.zeros([Self.mebibyte])
        let error = #expect(throws: TensorError.self) { try Tensor.zeros([1 << 40, 1 << 10]) }
        #expect(error?.code == .memory)
        let words = try #require(error?.description)
        #expect(words.hasPrefix("full: there is no memory for another 4503599.63 GB; tensors already hold "))
        #expect(words.hasSuffix(" GB; take a smaller batch, a smaller model or --bfloat16"))
        #expect(held.count == Self.mebibyte)
    }
}

/// What this process has in memory; Linux.
private enum ResidentMemory {
    static func now() throws -> Int {
        let numbers = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
        return (Int(numbers[1]) ?? 0) * 4096
    }
}
