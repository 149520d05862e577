/// Reads `.pth` files of `torch.save` (PyTorch 1.6 and later) that hold tensors in plain containers. Never runs code.
public enum TorchCheckpoint {
    /// Where frameworks put the state_dict: OpenSTL and Lightning, Swin, predrnn-pytorch, and others.
    private static let places = ["state_dict", "model", "net_param", "model_state_dict"]

    /// All that the file holds.
    ///
    /// - Throws: `.damaged` where it is truncated, lies about its tensors, or wants anything but tensors and plain values.
    public static func read(_ path: String) throws -> PickleValue {
        let file = try InputFile(path)
        let zip = try ZipDirectory(file)
        guard
            let pickle = zip.names.filter({ $0.hasSuffix("/data.pkl") || $0 == "data.pkl" }).min(by: {
                $0.count < $1.count
            })
        else { throw TensorError(.damaged, "has no data.pkl: it is not a checkpoint of torch.save", path: path) }
        let root = String(pickle.dropLast("data.pkl".count))
        if zip.names.contains(root + "byteorder") {
            let member = try zip.member(root + "byteorder")
            let word = String(
                decoding: try file.bytes(member.offset..<member.offset + min(16, member.byteCount)), as: UTF8.self)
            guard word == "little" else { throw TensorError(.damaged, "is of byte order `\(word)`", path: path) }
        }
        let member = try zip.member(pickle)
        guard member.byteCount <= 1 << 28 else {
            throw TensorError(.damaged, "has a data.pkl of more than 256 MiB", path: path)
        }
        let bytes = try file.bytes(member.offset..<member.offset + member.byteCount)
        var unpickler = Unpickler(bytes, path: path) { storage, offset, shape, strides in
            let data = try zip.member(root + "data/" + storage.key)
            return try StoredTensor(storage, offset: offset, shape: shape, strides: strides, data, path).read(file)
        }
        return try unpickler.value()
    }

    /// The state_dict: the whole file, or where frameworks put it, without a prefix such as `model.` that all names carry.
    ///
    /// - Throws: as `read`, and `.damaged` where there is none.
    public static func state(_ path: String, withoutPrefix prefix: String = "") throws -> [String: Tensor] {
        let whole = try read(path)
        guard let found = whole.tensors ?? places.lazy.compactMap({ whole[$0]?.tensors }).first else {
            throw TensorError(
                .damaged,
                "holds no dictionary of tensors, neither at its top nor under \(places.joined(separator: ", "))",
                path: path)
        }
        guard !prefix.isEmpty, found.keys.allSatisfy({ $0.hasPrefix(prefix) }) else { return found }
        return Dictionary(uniqueKeysWithValues: found.map { (String($0.key.dropFirst(prefix.count)), $0.value) })
    }
}

/// A tensor as a place in a stored array.
private struct StoredTensor {
    let dtype: DType
    let shape: [Int]
    let strides: [Int]
    /// Of the first element, in the file.
    let start: Int
    /// How far the last element lies behind the first, in elements.
    let reach: Int

    init(
        _ storage: Unpickler.StorageReference, offset: Int, shape: [Int], strides: [Int], _ data: ZipDirectory.Member,
        _ path: String
    ) throws(TensorError) {
        func damaged(_ words: String) -> TensorError {
            TensorError(.damaged, "a tensor of storage \(storage.key) \(words)", path: path)
        }
        let size = storage.dtype.byteCount
        guard let bytes = CheckedCount.product([storage.count, size]), bytes <= data.byteCount else {
            throw damaged("declares \(storage.count) numbers, but \(data.byteCount) bytes are there")
        }
        // A view that repeats elements could claim any size; a checkpoint has none.
        guard shape.count == strides.count, shape.count <= 16, let count = CheckedCount.product(shape), offset >= 0,
            strides.allSatisfy({ $0 >= 0 }), count <= storage.count
        else { throw damaged("has a damaged shape") }
        var reach = 0
        for (extent, stride) in zip(shape, strides) where count > 0 {
            let (step, overflows) = (extent - 1).multipliedReportingOverflow(by: stride)
            guard !overflows, step <= storage.count, reach <= storage.count else { throw damaged("reaches beyond it") }
            reach += step
        }
        guard count == 0 || offset <= storage.count - 1 - reach else { throw damaged("reaches beyond it") }
        (dtype, self.shape, self.strides, self.reach) = (storage.dtype, shape, strides, reach)
        start = count == 0 ? data.offset : data.offset + offset * size
    }

    func read(_ file: InputFile) throws -> Tensor {
        var expected = 1
        var isPlain = true
        for (extent, stride) in zip(shape, strides).reversed() {
            if extent != 1, stride != expected { isPlain = false }
            expected *= max(1, extent)
        }
        if isPlain || shape.contains(0) {
            return try Tensor(shape, dtype) { bytes in try file.read(bytes, at: start) }
        }
        let size = dtype.byteCount
        let source = try file.bytes(start..<start + (reach + 1) * size)
        return try Tensor(shape, dtype) { bytes in
            for place in 0..<shape.reduce(1, *) {
                var (rest, from) = (place, 0)
                for axis in shape.indices.reversed() {
                    from += rest % shape[axis] * strides[axis]
                    rest /= shape[axis]
                }
                for byte in 0..<size { bytes[place * size + byte] = source[from * size + byte] }
            }
        }
    }
}
