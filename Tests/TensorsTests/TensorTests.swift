import Tensors
import Testing

@Suite struct TensorTests {
    @Test func anErrorNamesTheOperationAndTheShapes() throws {
        let (a, b) = (try Tensor.zeros([2, 3]), try Tensor.zeros([4, 5]))
        let error = #expect(throws: TensorError.self) { try a.matmul(b) }
        #expect(error?.code == .operands)
        #expect(error?.description.hasPrefix("matmul of float32[2, 3], float32[4, 5]: ") == true)
    }

    @Test(.enabled(if: (try? Device("cuda")) == nil)) func aMissingDeviceSaysHowToGetOne() {
        let error = #expect(throws: TensorError.self) { try Device("cuda") }
        #expect(error?.code == .device)
        #expect(error?.message.contains("--device cpu") == true)
        #expect(throws: TensorError.self) { try Device("tpu") }
    }

    @Test func gradientsFollowTheChainRule() throws {
        let x = try Tensor([Float(1), 2, 3], [3])
        try x.setRequiresGradient(true)
        let y = try (x * x).sum()
        #expect(try y.gradients(of: [x], keepGraph: true)[0]?.values() == [Float(2), 4, 6])
        #expect(try x.gradient == nil)
        try y.backward()
        #expect(try x.gradient?.values() == [Float(2), 4, 6])
        try clearGradients([x])
        #expect(try x.gradient == nil)
    }

    @Test func aTensorWithoutAPartHasNoGradient() throws {
        let (x, y) = (try Tensor([Float(1)], [1]), try Tensor([Float(1)], [1]))
        try x.setRequiresGradient(true)
        try y.setRequiresGradient(true)
        let found = try (x * 2).sum().gradients(of: [x, y])
        #expect(found[0] != nil && found[1] == nil)
    }

    @Test func nothingIsRecordedInsideTheScopeAndTheSettingComesBack() throws {
        let x = try Tensor([Float(1)], [1])
        try x.setRequiresGradient(true)
        struct Stop: Error {}
        #expect(throws: Stop.self) {
            try withoutGradients {
                #expect(try !(x * 2).requiresGradient)
                throw Stop()
            }
        }
        #expect(try (x * 2).requiresGradient)
    }

    @Test func inBFloat16MatrixProductsAreAndSumsAreNot() throws {
        let x = try Tensor.full([4, 4], 1)
        try withBFloat16(on: .cpu) { () throws(TensorError) in
            #expect(try x.matmul(x).dtype == .bfloat16)
            #expect(try (x + x).dtype == .float32)
        }
        #expect(try x.matmul(x).dtype == .float32)
    }

    @Test func theSameSeedDrawsTheSameAndAStateGoesOnWhereItWas() throws {
        // One test for all that uses the one generator of the process.
        let draws = { () throws -> [Float] in
            let x = try Tensor.empty([5])
            try x.fillNormally(deviation: 1)
            return try x.values()
        }
        try Engine.seed(7)
        let first = try draws()
        let state = try Engine.generatorState()
        let second = try draws()
        try Engine.seed(7)
        #expect(try draws() == first)
        try Engine.restoreGenerator(state)
        #expect(try draws() == second)
    }

    @Test func argsortKeepsTheOrderOfEqualElements() throws {
        let x = try Tensor([Float(2), 1, 2, 1], [4])
        #expect(try x.argsort(axis: 0).values() == [Int64(1), 3, 0, 2])
    }

    @Test func unequalPartsAreRefused() throws {
        #expect(throws: TensorError.self) { try Tensor.zeros([5]).chunks(2, axis: 0) }
        #expect(throws: TensorError.self) { try Tensor.zeros([2, 2]).meanSquaredError(.zeros([2])) }
    }
}

@Suite struct BorrowedMemoryTests {
    private final class Owner {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 16, alignment: 64)
        let release: () -> Void

        init(release: @escaping () -> Void) {
            self.release = release
            memory.storeBytes(of: SIMD4<Float>(1, 2, 3, 4), as: SIMD4<Float>.self)
        }

        deinit {
            memory.deallocate()
            release()
        }
    }

    @Test func borrowedMemoryIsNotCopiedAndLivesAsLongAsATensorOnIt() throws {
        var isReleased = false
        do {
            var part: Tensor?
            do {
                let owner = Owner { isReleased = true }
                let whole = try Tensor(borrowing: owner.memory, of: owner, [2, 2], .float32)
                owner.memory.storeBytes(of: 9, as: Float.self)
                #expect(try whole.values() == [Float(9), 2, 3, 4])
                part = try whole.selected(0, 1)
            }
            #expect(!isReleased)
            #expect(try part?.values() == [Float(3), 4])
        }
        #expect(isReleased)
    }
}
