package import SpaceTime

/// An array seen as samples of frames: whatever its axis order, frames come out as frame, channel, row, column.
///
/// Frames that lie badly (time is the fastest axis of a huge array, a chunk spans all times) are read ahead within a budget;
/// where that is too little they go once through a file in the scratch folder (``TiledFrames``). For one caller at a time.
package final class FrameArray {
    package let samples: Int
    /// Frames of each sample.
    package let frames: Int
    package let channels: Int
    package let rows: Int
    package let columns: Int
    package var element: ElementType { source.element }

    private let source: any ArraySource
    private let order: AxisOrder
    private let resources: ReadResources
    private let grain: Grain
    private var ahead: FrameWindow?
    /// Samples that went through the scratch file.
    private var tiled: (samples: Range<Int>, frames: FrameArray)?

    /// The least that is worth reading at once.
    private struct Grain {
        var samples: Int
        var frames: Int
    }

    /// - Throws: `.usage` where the letters do not fit the array's shape.
    package init(_ source: any ArraySource, axes order: AxisOrder, resources: ReadResources) throws(ReaderError) {
        guard order.axes.count == source.shape.count else {
            throw ReaderError(
                .usage,
                "has \(source.shape.count) axes of lengths \(source.shape), but `\(order)` names \(order.axes.count); "
                    + "say what they are with --set axes=…", path: source.place)
        }
        self.source = source
        self.order = order
        self.resources = resources
        let shape = source.shape
        samples = order.length(.sample, in: shape)
        frames = order.length(.frame, in: shape)
        channels = order.length(.channel, in: shape)
        rows = order.length(.row, in: shape)
        columns = order.length(.column, in: shape)
        let grain = source.granularity
        func grainOf(_ axis: AxisOrder.Axis, _ length: Int) -> Int {
            zip(order.axes, grain).first { $0.0 == axis }.map { max(1, min($0.1, length)) } ?? 1
        }
        self.grain = Grain(samples: grainOf(.sample, samples), frames: grainOf(.frame, frames))
    }

    package convenience init(
        _ dataset: HDF5Dataset, axes: String, resources: ReadResources
    ) throws(ReaderError) {
        try self.init(dataset.source(), axes: AxisOrder(axes), resources: resources)
    }

    package var elementsPerFrame: Int { channels * rows * columns }
    package var frameByteCount: Int { elementsPerFrame * element.byteCount }

    /// Reads consecutive frames of one sample: frame, channel, row, column, native.
    ///
    /// - Parameter buffer: exactly `range.count * frameByteCount` bytes.
    package func frames(
        _ range: Range<Int>, sample: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(ReaderError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= frames, "frames \(range) of \(frames)")
        precondition((0..<samples).contains(sample), "sample \(sample) of \(samples)")
        precondition(buffer.count == range.count * frameByteCount, "a buffer of \(buffer.count) bytes")
        guard let base = buffer.baseAddress, !buffer.isEmpty else { return }
        if isWholeGrains(range), ahead?.covers(sample, range) != true {
            return try read(samples: sample..<(sample + 1), frames: range, into: base)
        }
        if !fitsBudget {
            let tiled = try tiled(holding: sample)
            return try tiled.frames.frames(range, sample: sample - tiled.samples.lowerBound, into: buffer)
        }
        var next = range.lowerBound
        while next < range.upperBound {
            let window = try window(holding: sample, next)
            let part = next..<min(range.upperBound, window.frames.upperBound)
            let place =
                (sample - window.samples.lowerBound) * window.frames.count + part.lowerBound - window.frames.lowerBound
            let bytes = UnsafeRawBufferPointer(window.memory.bytes)[(place * frameByteCount)...].prefix(
                part.count * frameByteCount)
            let target = base + (part.lowerBound - range.lowerBound) * frameByteCount
            target.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes).baseAddress ?? UnsafeRawPointer(target),
                byteCount: bytes.count)
            next = part.upperBound
        }
    }

    private func isWholeGrains(_ range: Range<Int>) -> Bool {
        guard grain.samples == 1, fitsBudget || grain.frames == 1 else { return false }
        if fitsBudget, frameByteCount * range.count < 256 << 10, frames * samples > range.count { return false }
        return range.lowerBound % grain.frames == 0
            && (range.upperBound % grain.frames == 0 || range.upperBound == frames)
    }

    private var fitsBudget: Bool {
        let frameLimit = resources.budget / max(1, frameByteCount)
        return grain.samples <= frameLimit && grain.frames <= frameLimit / grain.samples
    }

    /// All frames of the samples that are read with this one, put in order in the scratch folder.
    private func tiled(holding sample: Int) throws(ReaderError) -> (samples: Range<Int>, frames: FrameArray) {
        if let tiled, tiled.samples.contains(sample) { return tiled }
        tiled = nil
        let first = sample / grain.samples * grain.samples
        let range = first..<min(samples, first + grain.samples)
        let source = try TiledFrames(source, axes: order, samples: range, resources: resources)
        let made = (range, try FrameArray(source, axes: AxisOrder("NTCHW"), resources: resources))
        tiled = made
        return made
    }

    private func window(holding sample: Int, _ frame: Int) throws(ReaderError) -> FrameWindow {
        if let ahead, ahead.covers(sample, frame..<(frame + 1)) { return ahead }
        let former = ahead?.memory
        ahead = nil
        let (sampleRange, frameRange) = windowRanges(holding: sample, frame)
        let byteCount = try CheckedSize.product(
            [sampleRange.count, frameRange.count, frameByteCount], of: "the array", path: source.place)
        let memory = try memory(byteCount, instead: former)
        let window = FrameWindow(samples: sampleRange, frames: frameRange, memory: memory)
        if let base = memory.bytes.baseAddress { try read(samples: sampleRange, frames: frameRange, into: base) }
        ahead = window
        return window
    }

    /// Memory of the same size is used again: the kernel would have to zero each new page.
    private func memory(_ byteCount: Int, instead former: consuming ScratchMemory?) throws(ReaderError) -> ScratchMemory
    {
        if let former, former.bytes.count == byteCount { return former }
        former = nil
        return try ScratchMemory(byteCount: byteCount, folder: resources.scratch, plainLimit: resources.budget)
    }

    /// What to read ahead: whole grains within the budget.
    private func windowRanges(holding sample: Int, _ frame: Int) -> (samples: Range<Int>, frames: Range<Int>) {
        let firstSample = sample / grain.samples * grain.samples
        let limit = resources.budget / max(1, frameByteCount)
        let frameLimit = limit / grain.samples
        if frames <= frameLimit {
            let least = max(1, (4 << 20) / max(1, frames * frameByteCount))
            let groups = max(1, min(least, limit / frames) / grain.samples)
            return (firstSample..<min(samples, firstSample + groups * grain.samples), 0..<frames)
        }
        let firstFrame = frame / grain.frames * grain.frames
        let count =
            max(1, min(frameLimit, max(1, (16 << 20) / max(1, frameByteCount * grain.samples))) / grain.frames)
            * grain.frames
        return (firstSample..<min(samples, firstSample + grain.samples), firstFrame..<min(frames, firstFrame + count))
    }

    /// Reads a box of samples and frames: sample, frame, channel, row, column.
    private func read(
        samples sampleRange: Range<Int>, frames frameRange: Range<Int>, into base: UnsafeMutableRawPointer
    ) throws(ReaderError) {
        let box = source.shape.indices.map { axis in
            switch order.axes[axis] {
            case .sample: sampleRange
            case .frame: frameRange
            default: 0..<source.shape[axis]
            }
        }
        let strides = order.frameMajorStrides(box.map(\.count))
        try source.read(box, into: base, strides: strides, using: resources)
    }
}

/// Frames read ahead: sample, frame, channel, row, column.
private struct FrameWindow {
    var samples: Range<Int>
    var frames: Range<Int>
    var memory: ScratchMemory

    func covers(_ sample: Int, _ range: Range<Int>) -> Bool {
        samples.contains(sample) && frames.lowerBound <= range.lowerBound && range.upperBound <= frames.upperBound
    }
}
