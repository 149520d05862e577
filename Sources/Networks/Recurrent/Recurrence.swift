internal import Tensors

/// What a recurrent network does at one time step.
protocol RecurrentCells {
    /// The weights that time steps use, and what was made of them once for all.
    var shared: [Tensor] { get }

    /// Takes the frame of one time step and gives the next: both folded, (B, p²·C, h, w).
    ///
    /// - Parameter state: all that a time step leaves to later ones, in an order of the network's own.
    func next(_ picture: Tensor, _ state: inout [Tensor]) throws(TensorError) -> Tensor
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
    func forecast(_ inputs: Tensor, _ cells: some RecurrentCells, from state: [Tensor]) throws(TensorError) -> Tensor {
        try check(inputs, form.inFrames)
        let truth = try pictures(inputs)
        var state = state
        let emitted = try emitted(form.inFrames + form.outFrames - 1, cells, &state) { time, own throws(TensorError) in
            own.flatMap { time < form.inFrames ? nil : $0 } ?? truth[time]
        }
        return try folding.unfolded(.stacked(Array(emitted.suffix(form.outFrames)), axis: 1))
    }

    /// Shows true frames where `flags` say so.
    ///
    /// - Returns: the frames emitted and those they should be, both (B, T + T' - 1, C, H, W).
    func taught(
        _ inputs: Frames, _ targets: Frames, flags: Tensor, _ cells: some RecurrentCells, _ state: inout [Tensor]
    ) throws(TensorError) -> (emitted: Tensor, expected: Frames) {
        try check(inputs.values, form.inFrames)
        try check(targets.values, form.outFrames)
        let count = form.sampling.flagCount(form)
        try refuse(
            flags.shape != [inputs.values.extent(0), count],
            "flags have the shape \(flags.shape), not \([inputs.values.extent(0), count])")
        let frames = try inputs.followed(by: targets)
        let truth = try pictures(frames.values)
        let free = form.sampling.isReverse ? 1 : form.inFrames
        let emitted = try emitted(truth.count - 1, cells, &state) { time, own throws(TensorError) in
            guard let own, time >= free else { return truth[time] }
            return try mixed(truth[time], own, flags, time - free)
        }
        return (
            try folding.unfolded(.stacked(emitted, axis: 1)),
            try frames.moved { all throws(TensorError) in try all.narrowed(1, 1..<all.extent(1)) }
        )
    }

    /// The frames of so many time steps.
    ///
    /// - Parameter shown: the picture for a time step, given what the one before emitted; nil at the first.
    private func emitted(
        _ count: Int, _ cells: some RecurrentCells, _ state: inout [Tensor],
        shown: @escaping (Int, Tensor?) throws(TensorError) -> Tensor
    ) throws(TensorError) -> [Tensor] {
        func steps(_ times: Range<Int>, after last: Tensor?, _ state: inout [Tensor]) throws(TensorError) -> [Tensor] {
            var emitted: [Tensor] = []
            for time in times {
                emitted.append(try cells.next(shown(time, emitted.last ?? last), &state))
            }
            return emitted
        }
        guard let every = form.checkpointSteps else { return try steps(0..<count, after: nil, &state) }
        var recomputed = Recomputation(shared: cells.shared)
        var emitted: [Tensor] = []
        for start in stride(from: 0, to: count, by: every) {
            let times = start..<min(start + every, count)
            let before = emitted.suffix(1)
            let made = try recomputed(of: before + state) { [known = before.count] tensors throws(TensorError) in
                var state = Array(tensors.dropFirst(known))
                return try steps(times, after: tensors.prefix(known).first, &state) + state
            }
            emitted += made.prefix(times.count)
            state = Array(made.dropFirst(times.count))
        }
        return emitted
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
