/// Reads the part of Python's pickle language that `torch.save` uses for tensors in plain containers.
///
/// Nothing is ever executed: the only "calls" known are the few by which PyTorch describes a tensor, and each is done here.
/// Anything else is refused with its name. Containers are objects while reading, since pickle fills them after it has noted
/// them; they are emptied at the end, so that no depth or cycle in a hostile file can hurt.
struct Unpickler {
    final class Container {
        enum Kind { case list, tuple, dictionary }
        let kind: Kind
        /// Keys and values by turns in a dictionary.
        var items: [Item]

        init(_ kind: Kind, _ items: [Item] = []) {
            self.kind = kind
            self.items = items
        }
    }

    enum Item {
        case mark
        case none
        case bool(Bool)
        case integer(Int)
        case real(Double)
        case text(String)
        case container(Container)
        case global(String)
        case storage(StorageReference)
        case tensor(Tensor)
    }

    struct StorageReference {
        var key: String
        var dtype: DType
        var count: Int
    }

    let bytes: LittleEndian
    let path: String
    /// Makes a tensor from a storage, an offset, extents and strides in elements.
    let tensor: (StorageReference, Int, [Int], [Int]) throws -> Tensor
    private var place = 0
    private var stack: [Item] = []
    private var memo: [Int: Item] = [:]
    private var containers: [Container] = []

    init(
        _ bytes: [UInt8], path: String, tensor: @escaping (StorageReference, Int, [Int], [Int]) throws -> Tensor
    ) {
        self.bytes = LittleEndian(bytes)
        self.path = path
        self.tensor = tensor
    }

    /// The one value of the pickle.
    mutating func value() throws -> PickleValue {
        defer { for container in containers { container.items = [] } }
        while true {
            let code = try take(1)
            if bytes[code] == UInt8(ascii: ".") { break }
            try perform(bytes[code])
        }
        guard stack.count == 1 else { throw damaged("ends with \(stack.count) values instead of one") }
        var budget = 10_000_000
        return try plain(stack[0], depth: 0, &budget)
    }

    func damaged(_ words: String) -> TensorError {
        TensorError(.damaged, "data.pkl, byte \(place): \(words)", path: path)
    }

    /// Goes on by `count` bytes and says where they began.
    private mutating func take(_ count: Int) throws -> Int {
        guard count >= 0, count <= bytes.count - place else { throw damaged("ends too early") }
        place += count
        return place - count
    }

    private mutating func takeText(_ size: Int) throws -> String {
        let start = try take(size)
        return bytes.text(start..<start + size)
    }

    private mutating func takeLine() throws -> String {
        let start = place
        while bytes[try take(1)] != 10 {}
        return bytes.text(start..<place - 1)
    }

    private mutating func pop() throws -> Item {
        guard let item = stack.popLast() else { throw damaged("takes from an empty stack") }
        if case .mark = item { throw damaged("takes a mark for a value") }
        return item
    }

    /// The items above the last mark, which goes too.
    private mutating func popToMark() throws -> [Item] {
        guard let mark = stack.lastIndex(where: { if case .mark = $0 { true } else { false } }) else {
            throw damaged("misses a mark")
        }
        let items = Array(stack[(mark + 1)...])
        stack.removeLast(stack.count - mark)
        return items
    }

    private mutating func push(_ kind: Container.Kind, _ items: [Item] = []) {
        let container = Container(kind, items)
        containers.append(container)
        stack.append(.container(container))
    }

    mutating func pushDictionary() { push(.dictionary) }

    mutating func pushItem(_ item: Item) { stack.append(item) }

    private mutating func recall(_ index: Int) throws {
        guard let item = memo[index] else { throw damaged("recalls what it never noted") }
        stack.append(item)
    }

    private mutating func note(_ index: Int) throws {
        guard let item = stack.last else { throw damaged("notes from an empty stack") }
        memo[index] = item
    }

    private mutating func perform(_ code: UInt8) throws {
        switch code {
        case 0x80: guard (2...5).contains(bytes[try take(1)]) else { throw damaged("is of an unknown protocol") }
        case 0x95: _ = try take(8)
        case UInt8(ascii: "("): stack.append(.mark)
        case UInt8(ascii: "N"): stack.append(.none)
        case 0x88, 0x89: stack.append(.bool(code == 0x88))
        case UInt8(ascii: "K"): stack.append(.integer(Int(bytes[try take(1)])))
        case UInt8(ascii: "M"): stack.append(.integer(bytes.u16(try take(2))))
        case UInt8(ascii: "J"): stack.append(.integer(Int(Int32(truncatingIfNeeded: bytes.u32(try take(4))))))
        case 0x8a: stack.append(.integer(try longInteger()))
        case UInt8(ascii: "G"): stack.append(.real(try real()))
        case 0x8c: stack.append(.text(try takeText(Int(bytes[try take(1)]))))
        case UInt8(ascii: "X"): stack.append(.text(try takeText(bytes.u32(try take(4)))))
        case 0x8d: stack.append(.text(try takeText(bytes.u64(try take(8)))))
        default: try performOnContainers(code)
        }
    }

    private mutating func performOnContainers(_ code: UInt8) throws {
        switch code {
        case UInt8(ascii: "}"): push(.dictionary)
        case UInt8(ascii: "]"): push(.list)
        case UInt8(ascii: ")"): push(.tuple)
        case UInt8(ascii: "t"): push(.tuple, try popToMark())
        case 0x85...0x87:
            var items: [Item] = []
            for _ in 0...(code - 0x85) { items.append(try pop()) }
            push(.tuple, items.reversed())
        case UInt8(ascii: "a"):
            let item = try pop()
            try extend(.list, with: [item])
        case UInt8(ascii: "e"):
            let items = try popToMark()
            try extend(.list, with: items)
        case UInt8(ascii: "s"):
            let value = try pop()
            let key = try pop()
            try extend(.dictionary, with: [key, value])
        case UInt8(ascii: "u"):
            let items = try popToMark()
            try extend(.dictionary, with: items)
        case UInt8(ascii: "q"): try note(Int(bytes[try take(1)]))
        case UInt8(ascii: "r"): try note(bytes.u32(try take(4)))
        case 0x94: try note(memo.count)
        case UInt8(ascii: "h"): try recall(Int(bytes[try take(1)]))
        case UInt8(ascii: "j"): try recall(bytes.u32(try take(4)))
        default: try performOnObjects(code)
        }
    }

    private mutating func performOnObjects(_ code: UInt8) throws {
        switch code {
        case UInt8(ascii: "c"):
            let module = try takeLine()
            stack.append(try known(module, try takeLine()))
        case 0x93:
            guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
                throw damaged("names something by what is no text")
            }
            stack.append(try known(module, name))
        case UInt8(ascii: "Q"): stack.append(.storage(try storage(try pop())))
        case UInt8(ascii: "R"):
            let arguments = try pop()
            let callee = try pop()
            try call(callee, arguments)
        case UInt8(ascii: "b"):
            // The state of an ordered dictionary is PyTorch's record of module versions, which is not needed.
            _ = try pop()
            guard case .container(let target) = stack.last, target.kind == .dictionary else {
                throw damaged("sets the state of what is no dictionary, which is refused")
            }
        default: throw damaged("uses the pickle operation 0x\(String(code, radix: 16)), which is refused")
        }
    }

    /// Swift 6.3.1, optimised, reads `stack` before an argument that pops: callers pop in a statement of their own.
    private func extend(_ kind: Container.Kind, with items: [Item]) throws {
        guard case .container(let target) = stack.last, target.kind == kind else {
            throw damaged("fills what is no \(kind)")
        }
        guard kind == .list || items.count % 2 == 0 else { throw damaged("has a key without a value") }
        target.items += items
    }

    private mutating func longInteger() throws -> Int {
        let size = Int(bytes[try take(1)])
        guard size <= 8 else { throw damaged("has an integer of \(size) bytes") }
        let start = try take(size)
        var value = 0
        for index in (0..<size).reversed() { value = value << 8 | Int(bytes[start + index]) }
        let unused = 64 - 8 * size
        return size == 0 ? 0 : (value << unused) >> unused
    }

    private mutating func real() throws -> Double {
        let start = try take(8)
        return Double(bitPattern: (0..<8).reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[start + $1]) })
    }
}
