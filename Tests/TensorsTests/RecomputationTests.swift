import Tensors
import Testing

/// Work that is done again on the way back. Draws from the one generator of the process.
@Suite(.serialized) struct RecomputationTests {
    /// Three pieces that drop numbers; result, gradients of the input and the weight, and the next random number.
    private func pieces(again: Bool) throws -> [[Float]] {
        try Engine.seed(11)
        let (x, weight) = (try Tensor.empty([6, 6]), try Tensor.empty([6, 6]))
        for tensor in [x, weight] {
            try tensor.fillNormally(deviation: 1)
            try tensor.setRequiresGradient(true)
        }
        var recomputed = Recomputation(shared: [weight])
        var state = [x]
        for _ in 0..<3 {
            let work = { (state: [Tensor]) throws(TensorError) in
                [try state[0].matmul(weight).tanh().dropout(0.5), state[0]]
            }
            state = try again ? recomputed(of: [state[0]], work) : work(state)
        }
        let result = try state[0] * 3 + state[1]
        try result.sum().backward()
        let next = try Tensor.empty([1])
        try next.fillUniformly(0...1)
        return [try result.values(), try gradient(of: x), try gradient(of: weight), try next.values()]
    }

    private func gradient(of leaf: Tensor) throws -> [Float] {
        let found = try leaf.gradient
        return try #require(found).values()
    }

    @Test func dropsTheSameAndLeavesTheGeneratorWhereItWas() throws {
        #expect(try pieces(again: true) == pieces(again: false))
    }

    @Test func bFloat16IsThatOfTheWayForward() throws {
        let x = try Tensor([Float(1.001), 2.003, 3.007, 4.001], [2, 2])
        try x.setRequiresGradient(true)
        func gradient(again: Bool) throws -> [Float] {
            try clearGradients([x])
            let sum = try withBFloat16(on: .cpu) { () throws(TensorError) in
                var recomputed = Recomputation(shared: [])
                let work = { (x: [Tensor]) throws(TensorError) in [try x[0].matmul(x[0]).to(.float32)] }
                return try (again ? recomputed(of: [x], work) : work([x]))[0].sum()
            }
            try sum.backward()
            return try self.gradient(of: x)
        }
        #expect(try gradient(again: true) == gradient(again: false))
    }

    @Test func withoutGradientsTheWorkIsJustDone() throws {
        let x = try Tensor([Float(2)], [1])
        var recomputed = Recomputation(shared: [])
        let made = try withoutGradients { () throws(TensorError) in
            try recomputed(of: [x]) { x throws(TensorError) in [try x[0] * 3] }
        }
        #expect(try made[0].values() == [Float(6)])
    }

    @Test func whatFailsOnTheWayBackIsSaid() throws {
        let x = try Tensor([Float(2)], [1])
        try x.setRequiresGradient(true)
        nonisolated(unsafe) var times = 0
        var recomputed = Recomputation(shared: [])
        let made = try recomputed(of: [x]) { x throws(TensorError) in
            times += 1
            if times == 2 { throw TensorError(.memory, "nothing is left") }
            return [try x[0] * 3]
        }
        let error = #expect(throws: TensorError.self) { try made[0].sum().backward() }
        #expect(error?.code == .memory)
        let words = "backward of float32[]: nothing is left; take a smaller batch, a smaller model or --bfloat16"
        #expect(error?.description == words)
    }
}
