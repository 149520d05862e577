internal import CTorch

/// The same numbers in another form. Negative axes count from the end.
extension Tensor {
    /// One extent may be -1: what is left.
    public func reshaped(_ shape: [Int]) throws(TensorError) -> Tensor {
        try Library.make("reshape", [self]) { out, fault in
            shape.withExtents { ctorch_reshape(pointer, $0, $1, out, fault) }
        }
    }

    /// Repeats axes of length 1 (or new ones in front) without copying; -1 keeps an axis.
    public func expanded(_ shape: [Int]) throws(TensorError) -> Tensor {
        try Library.make("expand", [self]) { out, fault in
            shape.withExtents { ctorch_expand(pointer, $0, $1, out, fault) }
        }
    }

    /// Axis `axes[i]` becomes axis `i`.
    public func permuted(_ axes: [Int]) throws(TensorError) -> Tensor {
        try Library.make("permute", [self]) { out, fault in
            axes.withExtents { ctorch_permute(pointer, $0, $1, out, fault) }
        }
    }

    public func transposed(_ first: Int, _ second: Int) throws(TensorError) -> Tensor {
        try Library.make("transpose", [self]) { ctorch_transpose(pointer, Int64(first), Int64(second), $0, $1) }
    }

    /// A new axis of length 1.
    public func unsqueezed(_ axis: Int) throws(TensorError) -> Tensor {
        try Library.make("unsqueeze", [self]) { ctorch_unsqueeze(pointer, Int64(axis), $0, $1) }
    }

    /// Without an axis of length 1.
    public func squeezed(_ axis: Int) throws(TensorError) -> Tensor {
        try Library.make("squeeze", [self]) { ctorch_squeeze(pointer, Int64(axis), $0, $1) }
    }

    /// Makes one axis of the axes `first` to `last`.
    public func flattened(_ first: Int = 0, _ last: Int = -1) throws(TensorError) -> Tensor {
        try Library.make("flatten", [self]) { ctorch_flatten(pointer, Int64(first), Int64(last), $0, $1) }
    }

    /// The elements `range` of an axis, as a view.
    public func narrowed(_ axis: Int, _ range: Range<Int>) throws(TensorError) -> Tensor {
        try Library.make("narrow", [self]) {
            ctorch_narrow(pointer, Int64(axis), Int64(range.lowerBound), Int64(range.count), $0, $1)
        }
    }

    /// One element of an axis, which is gone afterwards; a view.
    public func selected(_ axis: Int, _ index: Int) throws(TensorError) -> Tensor {
        try Library.make("select", [self]) { ctorch_select(pointer, Int64(axis), Int64(index), $0, $1) }
    }

    /// Equal parts of an axis, as views.
    public func chunks(_ parts: Int, axis: Int) throws(TensorError) -> [Tensor] {
        try several(parts, "chunk") { ctorch_chunk(pointer, Int64(parts), Int64(axis), $0, $1) }
    }

    /// Parts of an axis, as views. Their gradients are laid side by side; those of several `narrowed` are added up.
    public func split(_ lengths: [Int], axis: Int) throws(TensorError) -> [Tensor] {
        try several(lengths.count, "split") { out, fault in
            lengths.withExtents { ctorch_split(pointer, $0, $1, Int64(axis), out, fault) }
        }
    }

    /// The elements of an axis, which is gone, as views. Their gradients are stacked; those of several `selected` added up.
    public func unbound(_ axis: Int) throws(TensorError) -> [Tensor] {
        let count = extent(axis)
        return try several(count, "unbind") { ctorch_unbind(pointer, Int64(axis), Int64(count), $0, $1) }
    }

    private func several(
        _ count: Int, _ name: StaticString, _ call: (UnsafeMutablePointer<ctorch_tensor?>, Library.Fault) -> Int32
    ) throws(TensorError) -> [Tensor] {
        var found = [ctorch_tensor?](repeating: nil, count: count)
        try Library.perform(name, [self]) { call(&found, $0) }
        return found.compactMap { $0.map { Tensor(TensorHandle($0)) } }
    }

    /// One behind the other along an axis.
    public static func concatenated(_ parts: [Tensor], axis: Int) throws(TensorError) -> Tensor {
        try Library.make("concatenate", parts) { out, fault in
            parts.withHandles { ctorch_concatenate($0, $1, Int64(axis), out, fault) }
        }
    }

    /// Along a new axis.
    public static func stacked(_ parts: [Tensor], axis: Int) throws(TensorError) -> Tensor {
        try Library.make("stack", parts) { out, fault in
            parts.withHandles { ctorch_stack($0, $1, Int64(axis), out, fault) }
        }
    }

    /// Moves the elements round: what was at `i` is at `i + shift` afterwards.
    public func rolled(_ shifts: [Int], axes: [Int]) throws(TensorError) -> Tensor {
        precondition(shifts.count == axes.count, "\(shifts.count) shifts for \(axes.count) axes")
        return try Library.make("roll", [self]) { out, fault in
            shifts.withExtents { shifts, _ in
                axes.withExtents { ctorch_roll(pointer, shifts, $0, $1, out, fault) }
            }
        }
    }

    /// Each element of an axis `times` times, side by side.
    public func repeated(_ times: Int, axis: Int) throws(TensorError) -> Tensor {
        try Library.make("repeat", [self]) {
            ctorch_repeat_interleave(pointer, Int64(times), Int64(axis), $0, $1)
        }
    }

    /// Elements of an axis by their indices (int64, one axis).
    public func gathered(_ indices: Tensor, axis: Int) throws(TensorError) -> Tensor {
        try Library.make("index select", [self, indices]) {
            ctorch_index_select(pointer, Int64(axis), indices.pointer, $0, $1)
        }
    }

    /// Along an axis, for each place the element that `indices` (int64, of this rank) names.
    public func picked(_ indices: Tensor, axis: Int) throws(TensorError) -> Tensor {
        try Library.make("gather", [self, indices]) { ctorch_gather(pointer, Int64(axis), indices.pointer, $0, $1) }
    }

    /// Adds elements before and after the last axes, the last first: `[before, after, before of the last but one, …]`.
    public func padded(_ sizes: [Int], value: Double = 0) throws(TensorError) -> Tensor {
        try Library.make("pad", [self]) { out, fault in
            sizes.withExtents { ctorch_pad(pointer, $0, $1, value, out, fault) }
        }
    }

    /// The elements one behind the other; itself where they are already.
    public func contiguous() throws(TensorError) -> Tensor {
        try Library.make("contiguous", [self]) { ctorch_contiguous(pointer, $0, $1) }
    }

    /// Four axes (B, C, H, W) laid out with channels fastest; shape and values stay.
    public func channelsLast() throws(TensorError) -> Tensor {
        try Library.make("channels last", [self]) { ctorch_channels_last(pointer, $0, $1) }
    }

    /// A copy of its own.
    public func cloned() throws(TensorError) -> Tensor {
        try Library.make("clone", [self]) { ctorch_clone(pointer, $0, $1) }
    }

    public func to(_ dtype: DType) throws(TensorError) -> Tensor {
        try Library.make("convert", [self]) { ctorch_to(pointer, dtype.code, device.code, $0, $1) }
    }

    public func to(_ device: Device) throws(TensorError) -> Tensor {
        try device.check()
        return try Library.make("move", [self]) { ctorch_to(pointer, dtype.code, device.code, $0, $1) }
    }
}
