import BankRig
import CausalAugmentation
import SpaceTime

/// A window of random shape with importance of its patches, in memory, and its copies as numbers.
struct SceneRig {
    let layout: PatchLayout
    /// T.
    let frames: Int
    let map: CausalMap
    /// (T, C, H, W); NaN where missing.
    let numbers: [Double]
    private let bytes: [UInt8]

    static let missing = 3.0

    /// - Parameters:
    ///   - frames: T; random where nil.
    ///   - hasMissing: whether some cells have no value: NaN, or 3 in whole numbers.
    ///   - value: of a cell's place; else random whole numbers from 4 to 120, in floating point sevenths of them.
    init(
        seed: UInt64, element: ElementType, frames: Int? = nil, hasMissing: Bool = false, size: EnvironmentSize? = nil,
        value: ((Int) -> Double)? = nil
    ) throws {
        var draw = Numbers(state: seed &* 0x9E37_79B9_7F4A_7C15 &+ 11)
        // Rows of patches are worked on 16, 8, 4 and 1 columns at a time.
        let side = [1, 2, 3, 4, 4, 7, 16, 29].randomElement(using: &draw) ?? 4
        let field = Field(
            name: "rain", element: element, channels: Int.random(in: 1...3, using: &draw),
            rows: Int.random(in: (side / 2 + 3)...(2 * side + 8), using: &draw),
            columns: Int.random(in: (side + 3)...(2 * side + 8), using: &draw),
            missing: element.isWhole && hasMissing ? [.integer(Int64(SceneRig.missing))] : [])
        layout = try PatchLayout(field, side: side)
        let count = frames ?? Int.random(in: 1...6, using: &draw)
        self.frames = count
        let maps = Bool.random(using: &draw) ? count : 1
        map = try CausalMap(
            layout.grid, scores: (0..<(maps * layout.grid.count)).map { _ in Double.random(in: 0...1, using: &draw) },
            size: size ?? .ratio(Double.random(in: 0.1...0.7, using: &draw)),
            scale: ImportanceScale.allCases.randomElement(using: &draw) ?? .sum)
        numbers = (0..<(count * field.elementsPerFrame)).map { place in
            if hasMissing, Int.random(in: 0..<4, using: &draw) == 0 { return .nan }
            if let value { return value(place) }
            let whole = Double(Int.random(in: 4...120, using: &draw))
            return element.isWhole ? whole : element == .float32 ? Double(Float(whole / 7)) : whole / 7
        }
        let stored = numbers.map { $0.isNaN && element.isWhole ? SceneRig.missing : $0 }
        bytes = stored.flatMap { element.bytes($0) }
    }

    func withScene<Result>(_ body: (Scene) throws -> Result) throws -> Result {
        // An array's bytes need not be aligned to the element, a frame's have to be.
        let room = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
        defer { room.deallocate() }
        room.copyBytes(from: bytes)
        let window = FrameWindow(UnsafeRawBufferPointer(room), frameByteCount: layout.field.frameByteCount)
        return try body(Scene(layout, window, map))
    }

    /// The copies of the window under a recipe.
    func copies(_ recipe: AugmentRecipe, sample: UInt64 = 1) throws -> [EnvironmentCopy] {
        let maker = try recipe.maker(frames: frames)
        return try withScene { try maker.copies(of: $0, sample: sample, MixingScratch()) }
    }

    /// The values of a copy's patches, in the order of its draw: (C, p, p) each.
    func values(_ copy: EnvironmentCopy) -> [[Double]] {
        let element = layout.field.element
        let all = stride(from: copy.values.startIndex, to: copy.values.endIndex, by: element.byteCount).map {
            let number = element.number(copy.values[$0..<($0 + element.byteCount)])
            return element.isWhole && !layout.field.missing.isEmpty && number == SceneRig.missing ? .nan : number
        }
        return stride(from: 0, to: all.count, by: layout.patchElements).map {
            Array(all[$0..<($0 + layout.patchElements)])
        }
    }

    /// A patch of a frame, (C, p, p); beyond the field its last row and column.
    func patch(_ patch: Int, ofFrame frame: Int) -> [Double] {
        let (field, side) = (layout.field, layout.grid.side)
        return (0..<layout.patchElements).map { place in
            let (channel, row, column) = (place / (side * side), place / side % side, place % side)
            let down = min(patch / layout.grid.columns * side + row, field.rows - 1)
            let right = min(patch % layout.grid.columns * side + column, field.columns - 1)
            return numbers[((frame * field.channels + channel) * field.rows + down) * field.columns + right]
        }
    }

    /// The original's bytes with a copy's patches over them.
    func pasted(_ copy: EnvironmentCopy) -> [UInt8] {
        var result = bytes
        result.withUnsafeMutableBytes { copy.paste(layout, into: $0) }
        return result
    }

    var original: [UInt8] { bytes }
}

extension ElementType {
    var isWhole: Bool { self != .float32 && self != .float64 }

    /// The largest and the least number that doubles hold too.
    var range: ClosedRange<Double> {
        switch self {
        case .int8: -128...127
        case .uint8: 0...255
        case .int16: -32768...32767
        case .uint16: 0...65535
        case .int32: -2_147_483_648...2_147_483_647
        case .uint32: 0...4_294_967_295
        case .int64: -0x1p53...0x1p53
        case .uint64: 0...0x1p53
        case .float32: -0x1p100...0x1p100
        case .float64: -0x1p1000...0x1p1000
        }
    }

    func bytes(_ value: Double) -> [UInt8] {
        switch self {
        case .float32: withUnsafeBytes(of: Float(value)) { Array($0) }
        case .float64: withUnsafeBytes(of: value) { Array($0) }
        default: Array(withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) }.prefix(byteCount))
        }
    }

    func number(_ bytes: ArraySlice<UInt8>) -> Double {
        let bits = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        switch self {
        case .float32: return Double(Float(bitPattern: UInt32(bits)))
        case .float64: return Double(bitPattern: bits)
        case .int8: return Double(Int8(truncatingIfNeeded: bits))
        case .int16: return Double(Int16(truncatingIfNeeded: bits))
        case .int32: return Double(Int32(truncatingIfNeeded: bits))
        case .int64: return Double(Int64(bitPattern: bits))
        default: return Double(bits)
        }
    }
}
