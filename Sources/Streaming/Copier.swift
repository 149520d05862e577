internal import CStream
package import DataBank
package import SpaceTime

/// Writes a window's original and copies into a batch: stored frames are copied once, changed patch by patch, and converted as all others.
struct Copier: Sendable {
    let source: any EnvironmentSource
    /// Of frames that are cropped already.
    private let layout: ValueLayout

    /// - Throws: `.usage` where the plan's crop differs from window to window or it resizes.
    init(_ source: any EnvironmentSource, _ plan: BatchPlan, _ base: BatchSource) throws(BankError) {
        self.source = source
        layout = try base.croppedLayout()
    }

    /// - Parameter versions: 0 is the original.
    func fill(
        _ versions: ClosedRange<Int>, of window: WindowPlace, in stream: BatchSource, _ crop: (row: Int, column: Int),
        _ target: FieldFrames.Target, _ scratch: FillScratch
    ) throws(BankError) {
        let frames = stream.plan.inputFrames
        let size = layout.field.frameByteCount
        let original = scratch.original.room(frames * size)
        try stream.copyInputs(of: window, into: original, scratch)
        let copies = try source.copies(
            of: window, frames: stream.inputFrames(ofWindow: window.number), original: UnsafeRawBufferPointer(original),
            scratch)
        let changed = scratch.changed.room(size)
        guard let first = original.baseAddress, let changedFirst = changed.baseAddress else { return }
        var layout = layout.at(row: 0, column: 0)
        var target = target
        for version in versions {
            for frame in 0..<frames {
                var bytes = UnsafeRawPointer(first + frame * size)
                if version > 0, copies.changes(copy: version, frame: frame) {
                    changedFirst.copyMemory(from: bytes, byteCount: size)
                    try copies.paste(copy: version, frame: frame, over: changedFirst)
                    bytes = UnsafeRawPointer(changedFirst)
                }
                cs_convert(&layout, bytes, 1, target.values, target.mask)
                target.advance(by: self.layout.elementsPerFrame)
            }
        }
    }
}

extension BatchSource {
    /// The input field as copies see it: the plan's crop is the whole grid.
    ///
    /// - Throws: `.usage` where the crop differs from window to window or the plan resizes.
    package func copyField() throws(BankError) -> Field {
        if case .random = plan.crop?.place {
            throw BankError(
                .usage, "copies are made of one part of the grid; take a crop from the centre or a fixed place")
        }
        guard plan.resize == nil else {
            throw BankError(
                .usage, "copies are made on the stored grid; ingest at the size wanted and leave --resize out")
        }
        return croppedField(.input)
    }

    /// A field as the plan crops it.
    package func croppedField(_ side: WindowSide) -> Field {
        var field = (side == .input ? input : target).layout.field
        field.rows = plan.crop?.rows ?? field.rows
        field.columns = plan.crop?.columns ?? field.columns
        return field
    }

    /// How frames of `copyField` become float32.
    func croppedLayout() throws(BankError) -> ValueLayout {
        let field = try copyField()
        guard plan.crop != nil else { return input.layout }
        let number = dataset.identity.fields.firstIndex { $0.name == plan.inputField } ?? 0
        let rule = try ChannelRule(plan.normalise, field: number, of: dataset, source: dataset.record.source)
        var whole = plan
        whole.crop = nil
        return try ValueLayout(field, rule, whole, pastCache: input.layout.isPastCache)
    }

    /// Copies a window's input frames out, cropped, one behind the other.
    package func copyInputs(
        of window: WindowPlace, into room: UnsafeMutableRawBufferPointer, _ scratch: FillScratch
    ) throws(BankError) {
        try copyFrames(.input, 0..<plan.inputFrames, of: window, into: room, scratch)
    }

    /// Asks the system to read the input frames of some neighbouring windows, which may overlap.
    package func willNeedInputs(of windows: Range<Int>) throws(BankError) {
        var next: (sequence: Int, frames: Range<Int>)?
        for number in windows {
            let sequence = window(number).sequence
            for range in inputFrames(ofWindow: number) {
                if let own = next, own.sequence == sequence, range.lowerBound <= own.frames.upperBound {
                    next?.frames = own.frames.lowerBound..<max(own.frames.upperBound, range.upperBound)
                    continue
                }
                if let own = next { try input.stored.willNeed(sequence: own.sequence, frames: own.frames) }
                next = (sequence, range)
            }
        }
        if let own = next { try input.stored.willNeed(sequence: own.sequence, frames: own.frames) }
    }

    /// Copies some of a window's frames out as they are stored, cropped, one behind the other.
    ///
    /// - Parameter frames: counted in the window, input frames first.
    package func copyFrames(
        _ side: WindowSide, _ frames: Range<Int>, of window: WindowPlace, into room: UnsafeMutableRawBufferPointer,
        _ scratch: FillScratch
    ) throws(BankError) {
        guard var target = room.baseAddress else { return }
        let stored = side == .input ? input.stored : self.target.stored
        let field = stored.field
        for range in frameRanges(frames, ofWindow: window.number) {
            guard let crop = plan.crop else {
                try stored.copy(sequence: window.sequence, frames: range, into: target, scratch)
                target += range.count * field.frameByteCount
                continue
            }
            let whole = scratch.changed.room(range.count * field.frameByteCount)
            guard let start = whole.baseAddress else { continue }
            try stored.copy(sequence: window.sequence, frames: range, into: start, scratch)
            let place = cropPlace(of: window, epoch: 0)
            let (row, bytes) = (field.columns * field.element.byteCount, crop.columns * field.element.byteCount)
            for plane in 0..<(range.count * field.channels) {
                var from = start + (plane * field.rows + place.row) * row + place.column * field.element.byteCount
                for _ in 0..<crop.rows {
                    target.copyMemory(from: from, byteCount: bytes)
                    target += bytes
                    from += row
                }
            }
        }
    }
}

/// The two fields of a plan, which may be one.
package enum WindowSide: Hashable, Sendable {
    case input, target
}
