internal import CTorch

/// Pieces of work, one after the other, whose intermediate results are not kept: on the way back each is done again (gradient
/// checkpointing). Memory for one piece at a time, for the time of one more way forward.
///
/// Gradients are those of the work done plainly, bit for bit in float32: the random numbers are those of the first time, and
/// what all pieces share gets its gradients added up in the same order.
public struct Recomputation {
    /// What the work uses beside its inputs and has a gradient.
    private let shared: [Tensor]
    /// The same as the last piece handed it on.
    private var handedOn: [Tensor]

    /// - Parameter shared: all that the pieces use beside their inputs: weights, and what was made of weights, but then not
    ///   those weights as well.
    public init(shared: [Tensor]) {
        self.shared = shared.filter(\.requiresGradient)
        handedOn = self.shared
    }

    /// Does a piece of work.
    ///
    /// - Parameters:
    ///   - inputs: all that the work uses and that has a gradient, but for the shared tensors.
    ///   - work: makes the same of the same; it must hold no tensor that has a gradient, but the shared ones.
    public mutating func callAsFunction(
        of inputs: [Tensor], _ work: @escaping ([Tensor]) throws(TensorError) -> [Tensor]
    ) throws(TensorError) -> [Tensor] {
        guard ctorch_gradients_enabled() else { return try work(inputs) }
        let device = inputs.first?.device ?? .cpu
        let generator = try Engine.generatorState(of: device)
        let made = try withoutGradients { () throws(TensorError) in try work(inputs) }
        let box = Box(work, inputs: inputs.count)
        var calls = ctorch_work(
            run: Box.run, release: Box.release,
            context: Unmanaged.passRetained(box).toOpaque(), outputs: Int32(made.count))
        var out = [ctorch_tensor?](repeating: nil, count: made.count + shared.count)
        try Library.perform("recomputed work", inputs) { fault in
            inputs.withHandles { inputs, count in
                shared.withHandles { shared, sharedCount in
                    handedOn.withHandles { handedOn, _ in
                        made.withHandles { made, _ in
                            ctorch_recomputed(
                                &calls, inputs, count, shared, handedOn, sharedCount, made, device.code,
                                generator.pointer, &out, fault)
                        }
                    }
                }
            }
        }
        let results = out.compactMap { $0.map { Tensor(TensorHandle($0)) } }
        handedOn = Array(results.suffix(shared.count))
        return Array(results.prefix(made.count))
    }

    /// The work as libtorch holds it.
    private final class Box {
        let work: ([Tensor]) throws(TensorError) -> [Tensor]
        let inputs: Int

        init(_ work: @escaping ([Tensor]) throws(TensorError) -> [Tensor], inputs: Int) {
            (self.work, self.inputs) = (work, inputs)
        }

        static let release: @convention(c) (UnsafeMutableRawPointer?) -> Void = { context in
            if let context { Unmanaged<Box>.fromOpaque(context).release() }
        }

        static let run:
            @convention(c) (
                UnsafeMutableRawPointer?, UnsafePointer<ctorch_tensor?>?, UnsafeMutablePointer<ctorch_tensor?>?,
                ctorch_fault?
            ) -> Int32 = { context, inputs, outputs, fault in
                guard let context, let outputs else { return Int32(CTORCH_FAULT.rawValue) }
                let box = Unmanaged<Box>.fromOpaque(context).takeUnretainedValue()
                let handles = UnsafeBufferPointer(start: inputs, count: box.inputs)
                do throws(TensorError) {
                    let made = try box.work(handles.compactMap { $0.map { Tensor(TensorHandle(ctorch_share($0))) } })
                    for (place, tensor) in made.enumerated() { outputs[place] = ctorch_share(tensor.pointer) }
                    return Int32(CTORCH_OK.rawValue)
                } catch {
                    return Library.report(error, to: fault)
                }
            }
    }
}
