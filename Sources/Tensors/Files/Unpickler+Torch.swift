/// The names that PyTorch's checkpoints of tensors use; all others are refused.
extension Unpickler {
    private static let storages: [String: DType] = [
        "ByteStorage": .uint8, "CharStorage": .int8, "ShortStorage": .int16, "IntStorage": .int32,
        "LongStorage": .int64,
        "HalfStorage": .float16, "FloatStorage": .float32, "DoubleStorage": .float64, "BoolStorage": .bool,
        "BFloat16Storage": .bfloat16,
    ]

    private static let callables: Set<String> = [
        "collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter", "torch.Size",
    ]

    func known(_ module: String, _ name: String) throws -> Item {
        let full = module + "." + name
        guard Self.callables.contains(full) || module == "torch" && Self.storages[name] != nil else {
            throw damaged(
                "wants to use `\(full)`, which is refused: only tensors in plain dictionaries and lists are read, and no "
                    + "code is run. Save a plain state_dict, or safetensors")
        }
        return .global(full)
    }

    /// `('storage', type, key, place, count)`.
    func storage(_ item: Item) throws -> StorageReference {
        guard case .container(let tuple) = item, tuple.kind == .tuple, tuple.items.count == 5,
            case .text("storage") = tuple.items[0], case .global(let type) = tuple.items[1],
            case .text(let key) = tuple.items[2], case .integer(let count) = tuple.items[4], count >= 0,
            type.hasPrefix("torch."), let dtype = Self.storages[String(type.dropFirst("torch.".count))]
        else { throw damaged("names a storage in an unknown way") }
        return StorageReference(key: key, dtype: dtype, count: count)
    }

    mutating func call(_ callee: Item, _ arguments: Item) throws {
        guard case .global(let name) = callee, case .container(let tuple) = arguments, tuple.kind == .tuple else {
            throw damaged("calls what cannot be called, which is refused")
        }
        let items = tuple.items
        switch name {
        case "collections.OrderedDict":
            guard items.isEmpty else { throw damaged("makes an ordered dictionary in an unknown way") }
            pushDictionary()
        case "torch.Size":
            guard items.count == 1, case .container(let sizes) = items[0] else { throw damaged("has a damaged size") }
            pushItem(.container(sizes))
        case "torch._utils._rebuild_parameter":
            guard let first = items.first, case .tensor = first else { throw damaged("has a damaged parameter") }
            pushItem(first)
        case "torch._utils._rebuild_tensor_v2":
            guard items.count >= 6, case .storage(let storage) = items[0], case .integer(let offset) = items[1] else {
                throw damaged("has a damaged tensor")
            }
            pushItem(.tensor(try tensor(storage, offset, try integers(items[2]), try integers(items[3]))))
        default: throw damaged("calls \(name), which is refused")
        }
    }

    private func integers(_ item: Item) throws -> [Int] {
        guard case .container(let tuple) = item, tuple.kind == .tuple else { throw damaged("has a damaged shape") }
        return try tuple.items.map {
            guard case .integer(let value) = $0 else { throw damaged("has a damaged shape") }
            return value
        }
    }

    /// A value without references to the reader's objects.
    func plain(_ item: Item, depth: Int, _ budget: inout Int) throws -> PickleValue {
        budget -= 1
        guard depth < 64, budget > 0 else { throw damaged("is nested too deeply, or in itself") }
        switch item {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .real(let value): return .real(value)
        case .text(let value): return .text(value)
        case .tensor(let value): return .tensor(value)
        case .mark, .global, .storage: throw damaged("holds something that is neither a plain value nor a tensor")
        case .container(let container):
            var values: [PickleValue] = []
            for item in container.items { values.append(try plain(item, depth: depth + 1, &budget)) }
            guard container.kind == .dictionary else { return .list(values) }
            let pairs = stride(from: 0, to: values.count, by: 2).map { (key: values[$0], value: values[$0 + 1]) }
            return .dictionary(pairs)
        }
    }
}
