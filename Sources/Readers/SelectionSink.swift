internal import SpaceTime

/// Takes all frames of a source's parts and passes on those selected, cropped and resized. Holds one block of frames, in a
/// scratch file where one frame is large.
final class SelectedSink: FrameSink {
    /// The most bytes of a source's frames held at once, unless one frame is larger.
    static let blockByteCount = 16 << 20

    private let sink: any FrameSink
    private let requests: [SelectionRequest]
    private let grids: [SelectionGrid]
    private let covariateWidths: [Int]
    /// Position behind the request begun last.
    private var next = 0
    private var request: SelectionRequest?
    /// Kept between writes: to give it back each time would cost more memory, not less.
    private var block: ScratchMemory?
    private let scratch: String
    /// Frames of the request that were taken so far, by field.
    private var delivered: [Int]

    init(
        _ sink: any FrameSink, requests: [SelectionRequest], grids: [SelectionGrid], covariateWidths: [Int],
        scratch: String
    ) {
        self.sink = sink
        self.scratch = scratch
        self.requests = requests
        self.grids = grids
        self.covariateWidths = covariateWidths
        delivered = grids.map { _ in 0 }
    }

    func capacity(ofField field: Int) -> Int {
        let frame = max(1, grids[field].source.frameByteCount)
        return max(1, min(sink.capacity(ofField: field), SelectedSink.blockByteCount / frame))
    }

    /// A source may leave out parts of a sequence it has refused: the next request of this range is meant.
    func begin(_ part: FrameRange, covariates: [[Double]]) throws {
        while next < requests.count, requests[next].inSource != part { next += 1 }
        precondition(next < requests.count, "the source began a part that was not asked for: \(part)")
        let request = requests[next]
        self.request = request
        next += 1
        delivered = grids.map { _ in 0 }
        let wanted = request.wanted(among: 0..<part.frames.count)
        let chosen = zip(covariates, covariateWidths).map { values, width in
            wanted.flatMap { values[$0 * width..<($0 + 1) * width] }
        }
        try sink.begin(request.part, covariates: chosen)
    }

    func write(field: Int, count: Int, _ fill: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        guard let request else { preconditionFailure("the source wrote before it began a part") }
        let wanted = request.wanted(among: delivered[field]..<delivered[field] + count)
        delivered[field] += count
        if wanted.count == count, grids[field].isIdentity {
            return try sink.write(field: field, count: count, fill)
        }
        let block = try room(count * grids[field].source.frameByteCount)
        // Even where nothing is wanted: a film is decoded frame by frame.
        try fill(block)
        if !wanted.isEmpty { try pass(wanted, of: UnsafeRawBufferPointer(block), field: field) }
    }

    private func room(_ byteCount: Int) throws(ReaderError) -> UnsafeMutableRawBufferPointer {
        if let block, block.bytes.count >= byteCount {
            return UnsafeMutableRawBufferPointer(rebasing: block.bytes[..<byteCount])
        }
        block = nil
        let made = try ScratchMemory(byteCount: byteCount, folder: scratch)
        block = made
        return UnsafeMutableRawBufferPointer(rebasing: made.bytes[..<byteCount])
    }

    private func pass(_ wanted: [Int], of block: UnsafeRawBufferPointer, field: Int) throws {
        let grid = grids[field]
        let (old, new) = (grid.source.frameByteCount, grid.target.frameByteCount)
        try sink.write(field: field, count: wanted.count) { target in
            for (place, frame) in wanted.enumerated() {
                let from = UnsafeRawBufferPointer(rebasing: block[frame * old..<(frame + 1) * old])
                let to = UnsafeMutableRawBufferPointer(rebasing: target[place * new..<(place + 1) * new])
                if grid.isIdentity { to.copyMemory(from: from) } else { grid.transform(from, into: to) }
            }
        }
    }

    func end() throws { try sink.end() }
    func refuse(_ reason: String) throws { try sink.refuse(reason) }
    func tally(_ what: String, by amount: Int) throws { try sink.tally(what, by: amount) }
}
