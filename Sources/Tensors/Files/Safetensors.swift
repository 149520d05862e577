internal import FoundationEssentials
internal import SpaceTime

/// Files of named tensors that any framework reads: a JSON header, then the bytes. No code in them is ever run.
public enum Safetensors {
    public struct Contents {
        public var tensors: [String: Tensor]
        public var metadata: [String: String]
    }

    /// A header beyond this is refused, as the reference does.
    private static let headerLimit = 100_000_000

    /// Reads all tensors to the CPU.
    ///
    /// - Throws: `.damaged` where the file is no such file, truncated, or lies about its contents.
    public static func read(_ path: String) throws -> Contents {
        let file = try InputFile(path)
        guard file.byteCount >= 8 else { throw TensorError(.damaged, "is too short for safetensors", path: path) }
        let size = try file.bytes(0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard size <= UInt64(headerLimit), Int(size) <= file.byteCount - 8 else {
            throw TensorError(
                .damaged, "declares a header of \(size) bytes: it is truncated or no safetensors file", path: path)
        }
        let header = try file.bytes(8..<8 + Int(size))
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(header)),
            case .object(let members) = value
        else { throw TensorError(.damaged, "its header is not a JSON object", path: path) }
        return try contents(members, of: file, start: 8 + Int(size))
    }

    private static func contents(_ members: [String: JSONValue], of file: InputFile, start: Int) throws -> Contents {
        var result = Contents(tensors: [:], metadata: [:])
        var places: [(range: Range<Int>, name: String)] = []
        for (name, value) in members {
            if name == "__metadata__" {
                guard case .object(let texts) = value else { throw fault("__metadata__", "is no object", file) }
                result.metadata = texts.compactMapValues(\.text)
                continue
            }
            let entry = try Entry(name, value, of: file)
            places.append((entry.range, name))
            result.tensors[name] = try Tensor(entry.shape, entry.dtype) { buffer in
                try file.read(buffer, at: start + entry.range.lowerBound)
            }
        }
        // Every byte belongs to one tensor, as the reference demands: nothing overlaps, nothing hides in between.
        var end = 0
        for place in places.sorted(by: {
            ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
        }) {
            guard place.range.lowerBound == end else { throw fault(place.name, "overlaps or leaves a gap", file) }
            end = place.range.upperBound
        }
        guard start + end == file.byteCount else {
            throw TensorError(
                .damaged, "has \(file.byteCount - start - end) bytes that belong to no tensor", path: file.path)
        }
        return result
    }

    private static func fault(_ name: String, _ words: String, _ file: InputFile) -> TensorError {
        TensorError(.damaged, "`\(name)` \(words)", path: file.path)
    }

    /// What the header says of one tensor.
    private struct Entry {
        let dtype: DType
        let shape: [Int]
        /// Bytes, counted from the end of the header.
        let range: Range<Int>

        init(_ name: String, _ value: JSONValue, of file: InputFile) throws(TensorError) {
            guard let word = value["dtype"]?.text, let dtype = DType(safetensors: word) else {
                throw fault(name, "has no type that is known here", file)
            }
            let extents = value["shape"]?.array?.compactMap { $0.integer.map(Int.init) }
            let ends = value["data_offsets"]?.array?.compactMap { $0.integer.map(Int.init) }
            guard let extents, let ends, extents.count == value["shape"]?.array?.count, ends.count == 2,
                ends[0] >= 0, ends[0] <= ends[1], let count = CheckedCount.product(extents + [dtype.byteCount]),
                count == ends[1] - ends[0]
            else { throw fault(name, "has a shape that does not fit its bytes", file) }
            guard ends[1] <= file.byteCount else {
                throw fault(name, "lies beyond the end: the file is truncated", file)
            }
            (self.dtype, shape, range) = (dtype, extents, ends[0]..<ends[1])
        }
    }

    /// Writes all tensors; the file appears whole or not at all. The same contents give the same bytes.
    public static func write(_ tensors: [String: Tensor], metadata: [String: String] = [:], to path: String) throws {
        // Wide types first, so that every tensor is aligned, then by name; as the reference.
        let sorted = tensors.sorted { ($1.value.dtype.byteCount, $0.key) < ($0.value.dtype.byteCount, $1.key) }
        var header: [String: JSONValue] = [:]
        if !metadata.isEmpty { header["__metadata__"] = .object(metadata.mapValues { .text($0) }) }
        var end = 0
        for (name, tensor) in sorted {
            let start = end
            end += tensor.count * tensor.dtype.byteCount
            header[name] = .object([
                "dtype": .text(tensor.dtype.safetensorsName),
                "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": .array([.integer(Int64(start)), .integer(Int64(end))]),
            ])
        }
        var text = Array(JSONValue.object(header).canonicalText.utf8)
        text += Array(repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        let file = try OutputFile(path)
        let size = (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) }
        try (size + text).withUnsafeBytes { try file.write($0) }
        for (_, tensor) in sorted {
            let plain = try tensor.detached().to(.cpu).contiguous()
            try plain.readBytes { try file.write($0) }
        }
        try file.finish()
    }
}

extension DType {
    private static let safetensorsNames: [DType: String] = [
        .uint8: "U8", .int8: "I8", .int16: "I16", .int32: "I32", .int64: "I64", .float16: "F16", .float32: "F32",
        .float64: "F64", .bool: "BOOL", .bfloat16: "BF16",
    ]

    var safetensorsName: String { DType.safetensorsNames[self] ?? "" }

    init?(safetensors word: String) {
        guard let found = DType.safetensorsNames.first(where: { $0.value == word })?.key else { return nil }
        self = found
    }
}
