internal import Tensors

/// What a recurrent network carries from one time step to the next.
protocol RecurrentMemory {
    /// Takes the frame of one time step and gives the next: both folded, (B, p²·C, h, w).
    mutating func next(_ picture: Tensor) throws(TensorError) -> Tensor
}

/// How the recurrent networks go through time. MODELS 6; the loop in `forward` of OpenSTL's models.
struct Recurrence {
    let form: RecurrentConfiguration
    let folding: FrameFolding

    init(_ form: RecurrentConfiguration) {
        self.form = form
        folding = FrameFolding(side: form.patchSize)
    }

    /// (B, T, C, H, W) to (B, T', C, H, W): shows the input frames, then the network's own.
    func forecast(_ inputs: Tensor, _ memory: some RecurrentMemory) throws(TensorError) -> Tensor {
        try check(inputs, form.inFrames)
        let truth = try pictures(inputs)
        var memory = memory
        var emitted: [Tensor] = []
        for time in 0..<(form.inFrames + form.outFrames - 1) {
            emitted.append(try memory.next(time < form.inFrames ? truth[time] : emitted[time - 1]))
        }
        return try folding.unfolded(.stacked(Array(emitted.suffix(form.outFrames)), axis: 1))
    }

    /// Shows true frames where `flags` say so.
    ///
    /// - Returns: the frames emitted and those they should be, both (B, T + T' - 1, C, H, W).
    func taught(_ inputs: Tensor, _ targets: Tensor, flags: Tensor, _ memory: inout some RecurrentMemory)
        throws(TensorError) -> (emitted: Tensor, expected: Tensor)
    {
        try check(inputs, form.inFrames)
        try check(targets, form.outFrames)
        let count = form.sampling.flagCount(form)
        try refuse(
            flags.shape != [inputs.extent(0), count],
            "flags have the shape \(flags.shape), not \([inputs.extent(0), count])")
        let frames = try Tensor.concatenated([inputs, targets], axis: 1)
        let truth = try pictures(frames)
        let free = form.sampling.isReverse ? 1 : form.inFrames
        var emitted: [Tensor] = []
        for time in 0..<(truth.count - 1) {
            let shown = time < free ? truth[time] : try mixed(truth[time], emitted[time - 1], flags, time - free)
            emitted.append(try memory.next(shown))
        }
        return (
            try folding.unfolded(.stacked(emitted, axis: 1)), try frames.narrowed(1, 1..<frames.extent(1))
        )
    }

    private func mixed(_ truth: Tensor, _ own: Tensor, _ flags: Tensor, _ index: Int) throws(TensorError) -> Tensor {
        let flag = try flags.narrowed(1, index..<(index + 1)).reshaped([-1, 1, 1, 1])
        return try flag * truth + (-flag + 1) * own
    }

    /// Folded, one a time step.
    private func pictures(_ frames: Tensor) throws(TensorError) -> [Tensor] {
        let folded = try folding.folded(frames)
        return try (0..<frames.extent(1)).map { time throws(TensorError) in try folded.selected(1, time) }
    }

    private func check(_ frames: Tensor, _ count: Int) throws(TensorError) {
        let expected = [count, form.channels, form.imageSize.height, form.imageSize.width]
        try refuse(
            Array(frames.shape.dropFirst()) != expected,
            "this recurrent network takes frames (B, T, C, H, W) of \(expected), not \(frames.shape)")
    }
}
