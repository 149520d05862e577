internal import SpaceTime

/// Mode `released-code`: what the authors' published script does, for parity (METHOD.md 7.1).
///
/// For each map and head the patch with the least received attention is replaced, in every input frame, by the plain mean of its
/// clipped 3x3 block, itself included. Patches are changed one after the other on the changed array.
package struct ReleasedCode: Hashable, Sendable {
    package enum Cast: String, Hashable, Sendable, CaseIterable {
        /// Toward zero, modulo 256, whatever the data are.
        case uint8
        case none
    }

    package let cast: Cast

    package init(cast: Cast = .uint8) { self.cast = cast }

    /// For each map and head, the patch with the smallest column sum; the lowest number where several are.
    package static func picked(_ attention: AttentionBlock) -> [Int] {
        let sums = attention.columnSums()
        return stride(from: 0, to: sums.count, by: attention.tokens).map { begin in
            (0..<attention.tokens).min { (sums[begin + $0], $0) < (sums[begin + $1], $1) } ?? 0
        }
    }

    /// Changes the input frames in place.
    ///
    /// - Parameters:
    ///   - frames: whole frames of the layout's field, one behind the other; only those that are input.
    ///   - picked: in the order in which they are changed.
    package func apply(
        _ layout: PatchLayout, picked: [Int], to frames: UnsafeMutableRawBufferPointer
    ) {
        precondition(frames.count % layout.field.frameByteCount == 0, "whole frames")
        for begin in stride(from: 0, to: frames.count, by: layout.field.frameByteCount) {
            let frame = UnsafeMutableRawBufferPointer(rebasing: frames[begin..<(begin + layout.field.frameByteCount)])
            for patch in picked {
                switch layout.field.element {
                case .int8: integers(Int8.self, layout, patch, frame)
                case .uint8: integers(UInt8.self, layout, patch, frame)
                case .int16: integers(Int16.self, layout, patch, frame)
                case .uint16: integers(UInt16.self, layout, patch, frame)
                case .int32: integers(Int32.self, layout, patch, frame)
                case .uint32: integers(UInt32.self, layout, patch, frame)
                case .int64: integers(Int64.self, layout, patch, frame)
                case .uint64: integers(UInt64.self, layout, patch, frame)
                case .float32: reals(Float.self, layout, patch, frame)
                case .float64: reals(Double.self, layout, patch, frame)
                }
            }
        }
    }

    private func integers<T: FixedWidthInteger>(
        _: T.Type, _ layout: PatchLayout, _ patch: Int, _ frame: UnsafeMutableRawBufferPointer
    ) {
        change(layout, patch, frame) { (value: T) in
            Double(value)
        } back: { (mean: Double) -> T in
            let whole = Int64(truncating: mean)
            return cast == .uint8
                ? T(truncatingIfNeeded: UInt8(truncatingIfNeeded: whole)) : T(truncatingIfNeeded: whole)
        }
    }

    private func reals<T: BinaryFloatingPoint>(
        _: T.Type, _ layout: PatchLayout, _ patch: Int, _ frame: UnsafeMutableRawBufferPointer
    ) {
        change(layout, patch, frame) { (value: T) in
            value
        } back: { (mean: T) -> T in
            cast == .uint8 ? T(UInt8(truncatingIfNeeded: Int64(truncating: Double(mean)))) : mean
        }
    }

    /// Single precision for float32 storage, double for all others, in exactly this order: truncation makes it visible.
    private func change<T, R: BinaryFloatingPoint>(
        _ layout: PatchLayout, _ patch: Int, _ frame: UnsafeMutableRawBufferPointer, _ real: (T) -> R,
        back: (R) -> T
    ) {
        let block = Block(layout.grid, around: patch)
        let own = frame.assumingMemoryBound(to: T.self)
        let side = layout.grid.side
        var values: [T] = []
        for channel in 0..<layout.field.channels {
            for place in 0..<(side * side) {
                var sum: R = 0
                for other in block.patches {
                    let at = layout.position(channel: channel, patch: other, row: place / side, column: place % side)
                    sum += real(own[at]) / R(block.patches.count)
                }
                values.append(back(sum))
            }
        }
        values.withUnsafeBytes { values in
            guard let start = frame.baseAddress else { return }
            layout.paste(values, at: patch, into: start)
        }
    }

    /// The clipped 3x3 block of a patch, column by column.
    private struct Block {
        let patches: [Int]

        init(_ grid: PatchGrid, around patch: Int) {
            let (row, column) = (patch / grid.columns, patch % grid.columns)
            let rows = max(row - 1, 0)...min(row + 1, grid.rows - 1)
            patches = (max(column - 1, 0)...min(column + 1, grid.columns - 1)).flatMap { column in
                rows.map { $0 * grid.columns + column }
            }
        }
    }
}

extension PatchLayout {
    /// Where an element of a patch stands in a frame; beyond the field, that of its last row and column.
    fileprivate func position(channel: Int, patch: Int, row: Int, column: Int) -> Int {
        let down = min(patch / grid.columns * grid.side + row, field.rows - 1)
        let right = min(patch % grid.columns * grid.side + column, field.columns - 1)
        return (channel * field.rows + down) * field.columns + right
    }
}

extension Int64 {
    /// Toward zero; 0 where it has no such number.
    fileprivate init(truncating value: Double) { self = Int64(exactly: value.rounded(.towardZero)) ?? 0 }
}
