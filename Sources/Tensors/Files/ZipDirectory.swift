/// Where the members of a zip archive lie, as `torch.save` writes it: stored, not packed.
struct ZipDirectory {
    struct Member {
        var offset: Int
        var byteCount: Int
    }

    private let file: InputFile
    private var headers: [String: (header: Int, byteCount: Int)] = [:]

    var names: Dictionary<String, (header: Int, byteCount: Int)>.Keys { headers.keys }

    /// - Throws: `.damaged` where the file is no zip archive, truncated, or has packed or encrypted members.
    init(_ file: InputFile) throws(TensorError) {
        self.file = file
        let (start, size, count) = try ZipDirectory.end(of: file)
        guard start >= 0, size >= 0, size <= 1 << 30, start <= file.byteCount - size else {
            throw ZipDirectory.damaged("its directory lies beyond its end", file)
        }
        let bytes = LittleEndian(try file.bytes(start..<start + size))
        var place = 0
        for _ in 0..<count {
            guard bytes.count - place >= 46, bytes.u32(place) == 0x0201_4b50 else {
                throw ZipDirectory.damaged("its directory is damaged", file)
            }
            place = try add(bytes, place)
        }
    }

    private mutating func add(_ bytes: LittleEndian, _ place: Int) throws(TensorError) -> Int {
        let (nameSize, extraSize) = (bytes.u16(place + 28), bytes.u16(place + 30))
        let end = place + 46 + nameSize + extraSize + bytes.u16(place + 32)
        guard end <= bytes.count else { throw ZipDirectory.damaged("its directory is damaged", file) }
        let name = bytes.text(place + 46..<place + 46 + nameSize)
        guard bytes.u16(place + 10) == 0, bytes.u16(place + 8) & 1 == 0 else {
            throw ZipDirectory.damaged("`\(name)` is packed or encrypted, which torch.save never does", file)
        }
        var sizes = [bytes.u32(place + 24), bytes.u32(place + 20), bytes.u32(place + 42)]
        var extra = place + 46 + nameSize
        while extra + 4 <= place + 46 + nameSize + extraSize {
            let (kind, size) = (bytes.u16(extra), bytes.u16(extra + 2))
            var value = extra + 4
            // zip64: 8 bytes for each of the sizes that did not fit, in this order.
            for index in sizes.indices where kind == 1 && sizes[index] == 0xFFFF_FFFF && value + 8 <= extra + 4 + size {
                guard value + 8 <= bytes.count else { break }
                sizes[index] = bytes.u64(value)
                value += 8
            }
            extra += 4 + size
        }
        guard sizes[0] == sizes[1], headers.updateValue((sizes[2], sizes[0]), forKey: name) == nil else {
            throw ZipDirectory.damaged("`\(name)` is there twice or of two sizes", file)
        }
        return end
    }

    /// - Throws: `.damaged` where there is no such member or it lies outside of the file.
    func member(_ name: String) throws(TensorError) -> Member {
        guard let (header, byteCount) = headers[name] else { throw ZipDirectory.damaged("has no `\(name)`", file) }
        guard header >= 0, header <= file.byteCount - 30 else {
            throw ZipDirectory.damaged("`\(name)` lies beyond its end: it is truncated", file)
        }
        let bytes = LittleEndian(try file.bytes(header..<header + 30))
        let offset = header + 30 + bytes.u16(26) + bytes.u16(28)
        guard bytes.u32(0) == 0x0403_4b50, byteCount >= 0, byteCount <= file.byteCount,
            offset <= file.byteCount - byteCount
        else { throw ZipDirectory.damaged("`\(name)` lies beyond its end: it is truncated", file) }
        return Member(offset: offset, byteCount: byteCount)
    }

    /// Start, size and number of members of the directory, from the record at the archive's end.
    private static func end(of file: InputFile) throws(TensorError) -> (start: Int, size: Int, count: Int) {
        let from = max(0, file.byteCount - 65_557)
        let tail = LittleEndian(try file.bytes(from..<file.byteCount))
        guard
            let place = stride(from: tail.count - 22, through: 0, by: -1).first(where: { tail.u32($0) == 0x0605_4b50 })
        else {
            throw damaged(
                "is no zip archive of torch.save, or is truncated; files in PyTorch's form before 1.6 are to be saved anew "
                    + "with torch.save", file)
        }
        let locator = place - 20
        if locator >= 0, tail.u32(locator) == 0x0706_4b50 {
            let record = tail.u64(locator + 8)
            guard record >= 0, record <= file.byteCount - 56 else { throw damaged("its zip64 record is damaged", file) }
            let wide = LittleEndian(try file.bytes(record..<record + 56))
            guard wide.u32(0) == 0x0606_4b50 else { throw damaged("its zip64 record is damaged", file) }
            return (wide.u64(48), wide.u64(40), min(wide.u64(32), 1 << 20))
        }
        return (tail.u32(place + 16), tail.u32(place + 12), tail.u16(place + 10))
    }

    private static func damaged(_ words: String, _ file: InputFile) -> TensorError {
        TensorError(.damaged, words, path: file.path)
    }
}

/// Numbers inside bytes, lowest byte first. Numbers of 8 bytes beyond Int are negative.
struct LittleEndian {
    private let bytes: [UInt8]

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    var count: Int { bytes.count }

    subscript(_ place: Int) -> UInt8 { bytes[place] }

    func u16(_ place: Int) -> Int { number(place, 2) }
    func u32(_ place: Int) -> Int { number(place, 4) }
    func u64(_ place: Int) -> Int { number(place, 8) }

    private func number(_ place: Int, _ size: Int) -> Int {
        var value: UInt64 = 0
        for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[place + index]) }
        return Int(truncatingIfNeeded: value)
    }

    func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }
}
